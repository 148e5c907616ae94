"""Whether two outcomes are the same answer: scores to 1e-5, the order up to ties, errors by there being one."""

import math
from collections import Counter

#: What two right answers may differ in: clocks, counters, and the books of a server.
IGNORED = {"version", "time", "operation_id", "usage", "shard_key", "status"}
#: Answers whose points have no order that means anything.
UNORDERED = {"retrieve"}


def difference(method: str, arguments: dict, expected, actual) -> str | None:
    """None when they agree, else what differs first, in words."""
    failed = [isinstance(one, dict) and "error" in one for one in (expected, actual)]
    if failed[0] and explained(expected["error"], BROKEN):
        return None
    if failed[1] and not failed[0] and explained(actual["error"], SERVER_ONLY):
        return None
    if any(failed):
        if all(failed):
            return None
        return f"expected {show(expected)}, got {show(actual)}"
    if method in WRITES:
        return None
    if method == "query_batch_points":
        if len(expected) != len(actual):
            return f"{len(expected)} answers, not {len(actual)}"
        for request, one, other in zip(arguments["requests"], expected, actual):
            found = hits_differ(request, one["points"], other["points"])
            if found:
                return found
        return None
    if method == "query_points":
        return hits_differ(arguments, expected["points"], actual["points"])
    if method == "query_points_groups":
        return groups_differ(expected["groups"], actual["groups"])
    if method == "facet":
        # The local mode counts whatever lies there; the server what the index is of.
        kind = {"color": str, "rank": int, "flag": bool}[arguments["key"]]
        expected = {"hits": [hit for hit in expected["hits"] if type(hit["value"]) is kind]}
        key = lambda hit: (-hit["count"], str(hit["value"]))
        return values_differ(sorted(expected["hits"], key=key), sorted(actual["hits"], key=key), "facet")
    if method == "search_matrix_pairs":
        key = lambda pair: (str(pair["a"]), -pair["score"], str(pair["b"]))
        rounded = lambda pairs: sorted([{**pair, "score": round(pair["score"], 4)} for pair in pairs], key=key)
        return pairs_differ(rounded(expected["pairs"]), rounded(actual["pairs"]))
    if method == "search_matrix_offsets":
        return pairs_differ(pairs_of(expected), pairs_of(actual))
    if method == "scroll":
        points, other = expected[0], actual[0]
        if "order_by" in arguments:
            return ordered_differ(points, other)
        return values_differ(points, other, "points") or values_differ(expected[1], actual[1], "next")
    if method in UNORDERED:
        key = lambda point: str(point["id"])
        return values_differ(sorted(expected, key=key), sorted(actual, key=key), "points")
    return values_differ(expected, actual, method)


WRITES = {"upsert", "delete", "set_payload", "overwrite_payload", "delete_payload", "clear_payload", "update_vectors", "delete_vectors", "batch_update_points", "create_payload_index"}

#: How the local mode itself breaks: mistakes of its own, on input that the server takes.
BROKEN = {
    "ValidationError: ": "a bool as a value to order by",
    "UFuncTypeError": "integers",
    "KeyError": "a vector that no point has yet",
    "TypeError": "ids of mixed kinds in a matrix; a missing multi vector",
    "IndexError": "a missing multi vector",
    "AttributeError": "a missing multi vector",
    "ValueError: Dense vector": "a multi vector, which it takes for a dense one",
    "ValueError: Unsupported query vector type": "a point's id as the query of a prefetch of a batch",
    "ValueError: shapes": "a missing multi vector",
    "ValueError: matmul": "a missing multi vector",
}


#: How often each of these was met.
MET: Counter = Counter()


def explained(error: str, by: dict) -> bool:
    reason = next((f"{what}: {why}" for what, why in by.items() if what in error), None)
    MET[reason] += reason is not None
    return reason is not None


#: Errors of the server's that the local mode does not know.
SERVER_ONLY = {
    "for point not found": "an example whose point lacks the vector: the local mode takes one of zeros",
    "No point with id": "a write to points that are not there: the local mode passes over them",
}


#: Compared already; and what the local mode keeps of a prefetch that was ordered by it.
ASIDE = {"score": 0, "order_value": None}


def hits_differ(request: dict, expected: list, actual: list) -> str | None:
    """Ties may come in any order, and at the end of a page any of those that tie may be on it."""
    query = request.get("query")
    if isinstance(query, dict) and "order_by" in query:
        return ordered_differ(expected, actual)
    if len(expected) != len(actual):
        return f"{len(expected)} points expected, {len(actual)} came: {ids(expected)} and {ids(actual)}"
    if not expected:
        return None
    for i, (one, other) in enumerate(zip(expected, actual)):
        if not close(one["score"], other["score"]):
            return f"score {i}: expected {one['score']} (of {one['id']}), got {other['score']} (of {other['id']}); {scores(expected)} and {scores(actual)}"
    last = expected[-1]["score"]
    first = expected[0]["score"] if request.get("offset") else None
    by_id = {str(point["id"]): point for point in actual}
    for point in expected:
        other = by_id.get(str(point["id"]))
        if other is None:
            if close(point["score"], last) or (first is not None and close(point["score"], first)):
                continue
            return f"point {point['id']} with score {point['score']} is missing: {scores(expected)} and {scores(actual)}"
        if not close(point["score"], other["score"]):
            return f"point {point['id']}: expected score {point['score']}, got {other['score']}"
        found = values_differ({**point, **ASIDE}, {**other, **ASIDE}, f"point {point['id']}")
        if found:
            return found
    return None


def ordered_differ(expected: list, actual: list) -> str | None:
    """By the value ordered by; points with one value come in any order, and any of them may be first or last on a page."""
    if len(expected) != len(actual):
        return f"{len(expected)} points expected, {len(actual)} came: {ids(expected)} and {ids(actual)}"
    values = [[point.get("order_value") for point in points] for points in (expected, actual)]
    if values[0] != values[1]:
        return f"values {values[0]} expected, got {values[1]}"
    ends = {values[0][0], values[0][-1]} if expected else set()
    inner = [{(point["order_value"], str(point["id"])) for point in points if point["order_value"] not in ends} for points in (expected, actual)]
    return None if inner[0] == inner[1] else f"ordered: {sorted(inner[0])} expected, got {sorted(inner[1])}"


def groups_differ(expected: list, actual: list) -> str | None:
    """The best hit of each group, group by group; ties between groups and inside them in any order."""
    if len(expected) != len(actual):
        return f"{len(expected)} groups expected, {len(actual)} came: {[g['id'] for g in expected]} and {[g['id'] for g in actual]}"
    for i, (one, other) in enumerate(zip(expected, actual)):
        mine, theirs = [hit["score"] for hit in one["hits"]], [hit["score"] for hit in other["hits"]]
        if not close(mine[0], theirs[0]):
            return f"group {i}: best score {mine[0]} expected, got {theirs[0]}"
    by_id = {str(group["id"]): group for group in actual}
    last = expected[-1]["hits"][0]["score"] if expected else 0
    for group in expected:
        other = by_id.get(str(group["id"]))
        if other is None:
            if close(group["hits"][0]["score"], last):
                continue
            return f"group {group['id']} is missing"
        mine, theirs = [hit["score"] for hit in group["hits"]], [hit["score"] for hit in other["hits"]]
        if len(mine) != len(theirs) or not all(map(close, mine, theirs)):
            return f"group {group['id']}: scores {mine} expected, got {theirs}"
    return None


def pairs_of(offsets: dict) -> list:
    found = [
        {"a": offsets["ids"][row], "b": offsets["ids"][column], "score": round(score, 4)}
        for row, column, score in zip(offsets["offsets_row"], offsets["offsets_col"], offsets["scores"])
    ]
    return sorted(found, key=lambda pair: (str(pair["a"]), -pair["score"], str(pair["b"])))


def pairs_differ(expected: list, actual: list) -> str | None:
    """Which of those that tie at a row's end are kept is left open."""
    rows = lambda pairs: {a: [p["score"] for p in pairs if str(p["a"]) == a] for a in {str(p["a"]) for p in pairs}}
    mine, theirs = rows(expected), rows(actual)
    if mine.keys() != theirs.keys():
        return f"rows of {sorted(mine)} expected, got {sorted(theirs)}"
    for a, row in mine.items():
        if len(row) != len(theirs[a]) or any(abs(x - y) > 2e-4 for x, y in zip(row, theirs[a])):
            return f"row {a}: {row} expected, got {theirs[a]}"
    return None


def values_differ(expected, actual, where: str) -> str | None:
    # gRPC has one thing for no payload and an empty one.
    if expected in (None, {}) and actual in (None, {}):
        return None
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in {**expected, **actual}:
            if key in IGNORED:
                continue
            found = values_differ(expected.get(key), actual.get(key), f"{where}.{key}")
            if found:
                return found
        return None
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        if len(expected) != len(actual):
            return f"{where}: {show(expected)} expected, got {show(actual)}"
        for i, (one, other) in enumerate(zip(expected, actual)):
            found = values_differ(one, other, f"{where}[{i}]")
            if found:
                return found
        return None
    if isinstance(expected, bool) or isinstance(actual, bool) or not isinstance(expected, (int, float)) or not isinstance(actual, (int, float)):
        return None if expected == actual else f"{where}: {show(expected)} expected, got {show(actual)}"
    if expected == actual or (isinstance(expected, float) or isinstance(actual, float)) and close(expected, actual):
        return None
    return f"{where}: {expected} expected, got {actual}"


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-5)


def ids(points: list) -> list:
    return [point["id"] for point in points]


def scores(points: list) -> list:
    return [(point["id"], round(point["score"], 6)) for point in points]


def show(value) -> str:
    text = str(value)
    return text if len(text) <= 600 else f"{text[:600]}…"
