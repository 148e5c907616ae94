/* The Franca kernel: the C ABI between the C++20 kernel and its hosts.
 *
 * One source, two builds: a Node-API addon and a WebAssembly (SIMD) module.
 * The kernel knows nothing of JavaScript, files or points: it sees rows of
 * numbers addressed by slot (0, 1, 2, ...; below 2^31), bitsets, and bytes.
 *
 * Conventions
 *  - A *distance* is smaller when nearer: cosine 1 - cos(a, b); dot -<a, b>;
 *    euclidean |a - b| (not squared); manhattan sum |a_i - b_i|.
 *    The cosine of anything with a zero vector is 0, so its distance is 1.
 *  - Every number that enters is checked: NaN and infinities are refused
 *    with FK_INVALID and nothing is changed.
 *  - Ties are broken by the smaller slot, in every build and mode.
 *  - Bitsets are arrays of little-endian uint32 words; bit (s & 31) of word
 *    (s >> 5) stands for slot s. Slots past the end of a bitset are 0.
 *  - No exception leaves the kernel. Out of memory is FK_NO_MEMORY.
 *  - Thread safety: any number of concurrent fk_index_search; concurrent with
 *    one fk_index_put / fk_index_set_deleted writer, with one fk_index_release,
 *    and with one of fk_index_build, fk_index_repair, fk_index_save_* and
 *    fk_index_load_end, which exclude each other (they wait).
 *
 * The life of a slot: absent -> put (live; *pending* until a build brings it into
 * the graph) -> deleted (dead; searches pass through it where the graph holds it,
 * and never answer it) -> repaired (no graph holds it) -> released (absent again).
 */
#ifndef FRANCA_KERNEL_H
#define FRANCA_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FK_ABI_VERSION 5

typedef enum fk_status {
  FK_OK = 0,
  FK_INVALID = 1,    /* an argument breaks its contract; nothing changed */
  FK_NO_MEMORY = 2,  /* nothing changed */
  FK_CANCELLED = 3,  /* control->cancel was seen; what was done so far holds */
  FK_CORRUPT = 4     /* bytes of a checkpoint are damaged, of another version, or of another index */
} fk_status;

typedef enum fk_metric {
  FK_COSINE = 0,
  FK_DOT = 1,
  FK_EUCLIDEAN = 2,
  FK_MANHATTAN = 3
} fk_metric;

typedef enum fk_mode {
  FK_AUTO = 0,  /* FK_GRAPH or FK_CODES by rules of thumb; for hosts that measure nothing */
  FK_EXACT = 1, /* exact float32 scan of every live, allowed slot */
  FK_CODES = 2, /* scan of the codes of every allowed vertex, the best re-ranked exactly; float32 where codes are no use */
  FK_GRAPH = 3  /* a walk of the graph until ef vertices that are allowed are found and nothing nearer is left to expand */
} fk_mode;                /* all but FK_EXACT scan pending slots exactly, wherever they lie */

/* ---- process-wide ---- */
uint32_t fk_abi_version(void);
/* "scalar", "avx2", "avx512", "avx512vnni", "neon", "wasm-simd128" */
const char *fk_instruction_set(void);
/* Tests only: force a set by name ("scalar", ...); NULL returns to the best. FK_INVALID if this machine lacks it. */
fk_status fk_force_instruction_set(const char *name);
/* CRC-32C (Castagnoli, reflected, as in RFC 3720). Start with seed 0; chain by passing the previous result. */
uint32_t fk_crc32c(uint32_t seed, const void *bytes, size_t length);
/* 1 when every float is finite. */
int fk_all_finite(const float *values, size_t length);

/* ---- distances, one pair ---- */
float fk_distance_f32(fk_metric metric, const float *a, const float *b, size_t dimension);
/* The same over int8 components, as plain integers without scale. */
float fk_distance_i8(fk_metric metric, const int8_t *a, const int8_t *b, size_t dimension);

/* ---- vector index: float32 rows, int8 codes, an HNSW graph over them ---- */
typedef struct fk_index fk_index;

typedef struct fk_index_options {
  uint32_t dimension;       /* 1 .. 65536 */
  uint32_t metric;          /* fk_metric */
  uint32_t m;               /* HNSW M: links per node above level 0; level 0 holds 2M. 2 .. 64 */
  uint32_t ef_construction; /* 8 .. 4096 */
  uint64_t seed;            /* levels; one thread and one seed give one graph */
} fk_index_options;

typedef struct fk_control { /* shared with the caller while a call runs; both are read and written atomically */
  uint32_t cancel;          /* set to non-zero by the caller to stop the call */
  uint32_t done;            /* units finished so far (build: nodes; repair: vertices looked at) */
} fk_control;

fk_status fk_index_create(const fk_index_options *options, fk_index **out);
void fk_index_free(fk_index *index);

/* Stores n rows at first_slot ... first_slot + n - 1, all of them absent: never put, or released since. Slots may be skipped
 * (a skipped slot is absent: never found). Rows are float32, dimension each, as the user gave them. */
fk_status fk_index_put(fk_index *index, uint32_t first_slot, const float *vectors, size_t n);
/* The same, but the rows stay where the host keeps them: row i is read from homes + i * dimension from now on (float32, aligned
 * to 4 bytes), which holds what `vectors` holds, and must stay readable and unchanged until the index reads from it no more.
 * `vectors` is only looked at; it may be a copy, so that nothing of the home is touched now. */
fk_status fk_index_put_borrowed(fk_index *index, uint32_t first_slot, const float *vectors, const float *homes, size_t n);
/* Lets slots that were put be read from base + rows[i] * dimension from now on; the same bytes must be there. By the writer.
 * Absent slots are passed over, and dead ones whose row is held. Old addresses are read no more, and memory that held the rows goes back to the system, when fk_index_settle has returned. */
fk_status fk_index_borrow(fk_index *index, const uint32_t *slots, const float *base, const uint32_t *rows, size_t n);
/* Copies borrowed rows into memory of the kernel's own; slots that are held already stay so. Any thread; settle as above. */
fk_status fk_index_hold(fk_index *index, const uint32_t *slots, size_t n);
/* Waits for whoever may read addresses from before (searches, the insertion that a build is at), then gives back pages that no row
 * between these slots needs. Any thread. */
fk_status fk_index_settle(fk_index *index, uint32_t from_slot, uint32_t to_slot);
/* 1 when the row of some slot lies in these bytes. */
int fk_index_reads_from(const fk_index *index, const void *start, size_t bytes);
/* Marks a slot deleted; it is skipped by every search from now on. Idempotent. FK_INVALID for a slot that is absent. */
fk_status fk_index_set_deleted(fk_index *index, uint32_t slot);
/* Makes slots absent, so that they can be put again when this has returned. Waits until every search that runs now has ended.
 * Absent slots are passed over. FK_INVALID, and nothing is done, when a slot is live or a vertex of the graph. */
fk_status fk_index_release(fk_index *index, const uint32_t *slots, size_t n);
/* One past the highest slot ever put. */
uint32_t fk_index_slots(const fk_index *index);
/* How many slots the graph holds, live and dead. */
uint32_t fk_index_indexed(const fk_index *index);
/* How many live slots it does not hold. */
uint32_t fk_index_pending(const fk_index *index);
/* How many dead slots it holds. */
uint32_t fk_index_deleted_in_graph(const fk_index *index);
/* Bytes held, all of it. */
uint64_t fk_index_bytes(const fk_index *index);

/* Brings up to max_inserts pending slots into the graph (0: all), on `threads` threads of the kernel's own
 * (0 or 1: the calling thread only). Returns FK_OK or FK_CANCELLED. Slots put while it runs may be left for the next call.
 * Without threads (WebAssembly) a build, repair or load_end beside an open saver is FK_INVALID: waiting would never end. */
fk_status fk_index_build(fk_index *index, uint32_t max_inserts, uint32_t threads, fk_control *control);

/* Takes the slots that are dead when it begins out of the graph: whatever was linked to them is linked anew, what could only be
 * reached through them gets another way in, and the entry point moves if it was one of them. Slots that die meanwhile stay
 * for the next repair.
 * It looks at up to max_vertices vertices (0: all) and goes on at the next call; control->done short of max_vertices means that
 * all is done. A cancelled repair, or one with a build or load before its next call, begins anew then, where what was linked
 * anew already costs little. The result does not depend on the number of threads. */
fk_status fk_index_repair(fk_index *index, uint32_t max_vertices, uint32_t threads, fk_control *control);

typedef struct fk_search_params {
  uint32_t k;               /* 1 .. 2^20 */
  uint32_t ef;              /* allowed vertices that a walk looks for; max(ef, k) is used */
  uint32_t mode;            /* fk_mode */
  uint32_t from_slot;       /* FK_EXACT, FK_CODES, and part 2: scan slots in [from_slot, to_slot); 0 and 0 mean all (hosts slice
                             * long scans) */
  uint32_t to_slot;
  const uint32_t *allow;    /* NULL: every live slot; else only slots whose bit is set */
  size_t allow_words;
  uint32_t budget;          /* FK_GRAPH: as many distances of a walk cost what a scan of the allowed slots costs; a walk that
                             * has more than this still before it, by what has passed so far, gives up. 0: it never does */
  float expected;           /* FK_GRAPH: share of the vertices near the query that are expected to be allowed; 0: unknown */
  uint32_t stays;           /* FK_GRAPH: 0: a walk that gives up becomes a scan (FK_CODES); 1: its query answers with what was
                             * scanned exactly, if anything, and stats.gave_up tells (hosts that slice long scans) */
  uint32_t part;            /* all but FK_EXACT: 1: only what the graph holds; 2: only pending slots; 0: both (hosts that slice) */
} fk_search_params;

typedef struct fk_search_stats { /* summed over the queries of the call */
  uint64_t distances;       /* distance computations, codes and float32 together */
  uint64_t hops;            /* graph vertices expanded */
  uint64_t scanned;         /* slots scanned one after the other, by codes or exactly */
  uint64_t walked;          /* of the distances, those of walks */
  uint64_t seen;            /* of the vertices nearest to the query, those by which walks judged the filter ... */
  uint64_t passed;          /* ... and how many of them were allowed */
  uint64_t gave_up;         /* queries whose walk was given up: too few vertices near them are allowed */
  uint64_t walk_ns;         /* time of walks, re-ranking left out */
  uint64_t scan_ns;         /* time of scans of allowed slots, with re-ranking; of slots that the graph lacks, left out */
} fk_search_stats;

/* Answers n queries (dimension floats each). Row q of out_slots and out_distances has k places, nearest first;
 * out_counts[q] of them are filled. Distances are always exact float32 of the stored rows.
 * control may be NULL. */
fk_status fk_index_search(const fk_index *index, const fk_search_params *params, const float *queries, size_t n,
                          uint32_t *out_slots, float *out_distances, uint32_t *out_counts,
                          fk_search_stats *stats, fk_control *control);

/* ---- checkpoint of the graph: pulled from and pushed into the kernel in pieces, so that hosts own all I/O ----
 * Holds magic, format version, options, counts, graph, quantizer parameters, CRC-32C. Not the float32 rows: those are
 * truth kept elsewhere; the loader's index must already have had every slot put that the graph holds (and deletes set).
 * Format 2 says which slots the graph holds; format 1, which knew a watermark too, is still read. */
typedef struct fk_saver fk_saver;
fk_status fk_index_save_begin(fk_index *index, fk_saver **out);
/* Writes up to capacity bytes to buffer; *length 0 means the end. */
fk_status fk_index_save_read(fk_saver *saver, void *buffer, size_t capacity, size_t *length);
void fk_index_save_end(fk_saver *saver);

typedef struct fk_loader fk_loader;
fk_status fk_index_load_begin(fk_index *index, fk_loader **out);
fk_status fk_index_load_write(fk_loader *loader, const void *bytes, size_t length);
/* Checks everything (sizes, link targets, levels, checksum), then adopts the graph; on FK_CORRUPT the index is as before.
 * Encodes the rows anew on `threads` threads (0 or 1: the calling thread). Frees the loader in every case; commit 0 abandons. */
fk_status fk_index_load_end(fk_loader *loader, int commit, uint32_t threads);

/* ---- bodies of requests: JSON in UTF-8, with its vectors taken out ---- */
typedef struct fk_json fk_json;

typedef enum fk_json_fault { /* what is wrong at fault_at */
  FK_JSON_WELL = 0,
  FK_JSON_EXPECTED_VALUE = 1,
  FK_JSON_EXPECTED_KEY = 2,
  FK_JSON_EXPECTED_COLON = 3,
  FK_JSON_EXPECTED_COMMA_OR_LIST_END = 4,
  FK_JSON_EXPECTED_COMMA_OR_OBJECT_END = 5,
  FK_JSON_EXPECTED_END = 6,
  FK_JSON_EXPECTED_QUOTE = 7, /* the text ends in a string */
  FK_JSON_CONTROL = 8,        /* a control character in a string */
  FK_JSON_ESCAPE = 9,
  FK_JSON_NOT_UTF8 = 10,
  FK_JSON_TOO_DEEP = 11,
  FK_JSON_TOO_LARGE = 12,     /* a number of a vector that float32 has no room for */
  FK_JSON_TOO_LONG = 13       /* an integer of more than a thousand digits */
} fk_json_fault;

typedef enum fk_json_kind { FK_JSON_VECTOR = 0, FK_JSON_INTEGER = 1, FK_JSON_STRING = 2 } fk_json_kind;

typedef struct fk_json_view { /* good until fk_json_free */
  const char *text;       /* the body as JSON, with a string of U+0001 and a number, "\u00017", for each place, and one of U+0001, l
                           * and a number for each list */
  size_t text_bytes;
  const char *pieces;     /* of lists that were cut: each a list in JSON */
  size_t piece_bytes;
  const float *floats;
  size_t float_count;
  const uint32_t *places; /* one after the other: kind, from, to, shared, count, steps[count]. A vector is floats[from .. to),
                           * anything else the JSON in body[from .. to). The path to it is the first `shared` steps of the
                           * path before it, then `steps`: an element's place in its list × 2, or the number of a key × 2 + 1.
                           * Where a key comes twice in an object another value may lie at the path's end: only the place's own
                           * string is to be replaced. */
  size_t place_words;
  const uint32_t *lists;  /* the same for lists that were cut, inner ones first: number, n, count, steps[count], n × (from, to)
                           * in pieces */
  size_t list_words;
  const uint32_t *keys;   /* (from, to) in the body, with quotes */
  size_t key_words;
  size_t fault_at;        /* in the body */
  uint32_t fault;         /* fk_json_fault; with one all the rest means nothing */
} fk_json_view;

/* Reads a body of fewer than 2^31 bytes as strictly as JavaScript's own parser. Below certain keys each list that holds numbers and
 * nothing else, and at least one, is taken out as float32: of the double nearest to the number, the nearest, as JavaScript
 * rounds. So are integers beyond +-(2^53 - 1) everywhere else. `names` are those keys, in UTF-8, each after a 'v' and before a zero
 * byte; what is below a key after an 'x' stays as it is, wherever. A list whose text without vectors is longer than
 * piece_bytes (0: any) is cut into pieces of about so many, so that hosts need not parse it at one go.
 * FK_INVALID is for arguments; what is wrong with the body is told in the view. */
fk_status fk_json_read(const char *body, size_t bytes, const char *names, size_t name_bytes, uint32_t max_depth,
                       uint32_t piece_bytes, fk_json **out);
void fk_json_parts(const fk_json *json, fk_json_view *out);
void fk_json_free(fk_json *json);

#ifdef __cplusplus
}
#endif
#endif
