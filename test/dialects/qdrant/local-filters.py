"""Decides filters as Qdrant's local mode does: {payloads, filters} on stdin, for each filter the list of verdicts on stdout."""

import json
import sys

from qdrant_client.http import models
from qdrant_client.local.payload_filters import check_filter

given = json.load(sys.stdin)
verdicts = []
for body in given["filters"]:
    parsed = models.Filter(**body)
    verdicts.append(
        [check_filter(parsed, payload, i, {"image": i % 2 == 0}) for i, payload in enumerate(given["payloads"])]
    )
json.dump(verdicts, sys.stdout)
