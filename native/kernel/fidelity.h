// Whether int8 codes can tell neighbours apart on these very rows.
#pragma once

#include "codes.h"

namespace franca {

// Sets codes.usable. FK_OK, FK_NO_MEMORY or FK_CANCELLED.
fk_status measure_fidelity(Codes &codes, const RowsView &view, const Progress &progress);

}  // namespace franca
