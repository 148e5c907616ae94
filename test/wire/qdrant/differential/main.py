"""
Plays random programs on the Python client's local mode and on a server, and compares what they answer.

    python main.py --url http://127.0.0.1:6333 [--grpc-port 6334] --programs 20 --seed 1 [--length 40]
    python main.py --url … --replay fixture.json …

Prints each difference as one line of JSON with the shortest program found that still shows it, and at the end one line
{"programs", "operations", "differences", "explained"}: the last counts, by reason, the answers that were not compared since
the local mode broke or is known to differ from the server. What random programs avoid for this reason is said in values.py and
programs.py, where they are made. Exits with 1 when there are differences.
"""

import argparse
import json
import logging
import sys
import warnings
from random import Random

from qdrant_client import QdrantClient

from compare import MET, WRITES, difference
from play import outcome
from programs import program

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--url", required=True)
    options.add_argument("--grpc-port", type=int)
    options.add_argument("--programs", type=int, default=20)
    options.add_argument("--length", type=int, default=40)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--most", type=int, default=20, help="differences, after which it stops")
    options.add_argument("--replay", nargs="*", default=[])
    asked = options.parse_args()
    grpc = {"prefer_grpc": True, "grpc_port": asked.grpc_port} if asked.grpc_port else {}
    server = QdrantClient(url=asked.url, timeout=60, **grpc)
    operations = differences = count = 0
    if asked.replay:
        programs = (json.load(open(path))["program"] for path in asked.replay)
    else:
        programs = (program(Random(asked.seed * 1_000_003 + i), asked.length) for i in range(asked.programs))
    for steps in programs:
        count += 1
        operations += len(steps)
        found = first_difference(server, steps)
        if found is None:
            continue
        at, what = found
        shortest = shrunk(server, steps[: at + 1])
        what = (first_difference(server, shortest) or found)[1]
        print(json.dumps({"step": shortest[-1], "difference": what, "program": shortest}), flush=True)
        differences += 1
        if differences >= asked.most:
            break
    without_opinion = {reason: times for reason, times in MET.items() if reason is not None}
    summary = {"programs": count, "operations": operations, "differences": differences, "explained": without_opinion}
    print(json.dumps(summary))
    sys.exit(1 if differences else 0)


def first_difference(server: QdrantClient, steps: list):
    """(index of the step, what differs), or None."""
    local = QdrantClient(":memory:")
    for name in {arguments["collection_name"] for _, arguments in steps if "collection_name" in arguments}:
        server.delete_collection(name)
    for i, (method, arguments) in enumerate(steps):
        expected, actual = outcome(local, method, arguments), outcome(server, method, arguments)
        if method in WRITES and any(isinstance(one, dict) and "error" in one for one in (expected, actual)):
            # Both may have stopped in the middle of it, each at a place of its own.
            return None
        found = difference(method, arguments, expected, actual)
        if found is not None:
            return i, found
    return None


def shrunk(server: QdrantClient, steps: list) -> list:
    """Leaves steps out, and points of upserts, as long as some difference stays at the last step."""
    shows = lambda tried: (first_difference(server, tried) or (None,))[0] == len(tried) - 1
    # The collections and their indexes stay.
    fixed = sum(method.startswith("create_") for method, _ in steps)
    for tried in without_one(steps[fixed:-1], lambda _: True, lambda kept: shows([*steps[:fixed], *kept, steps[-1]])):
        steps = [*steps[:fixed], *tried, steps[-1]]
    for i, (method, arguments) in enumerate(steps[:-1]):
        if method != "upsert":
            continue
        points = arguments["points"]
        put = lambda kept, i=i, arguments=arguments: [*steps[:i], ["upsert", {**arguments, "points": kept}], *steps[i + 1 :]]
        for kept in without_one(points, lambda _: True, lambda kept: len(kept) > 0 and shows(put(kept))):
            points = kept
        steps = put(points)
    return steps


def without_one(items: list, may_go, shows):
    """Yields ever shorter lists that `shows` accepts; halves are tried before single items."""
    size = len(items)
    while size >= 1:
        at = 0
        while at < len(items):
            end = min(at + size, len(items))
            rest = items[:at] + items[end:]
            if all(may_go(i) for i in range(at, end)) and len(rest) < len(items) and may_go_still(items, at, end) and shows(rest):
                items = rest
                yield items
            else:
                at = end
        size //= 2


def may_go_still(items: list, at: int, end: int) -> bool:
    # The last step is the one that shows the difference.
    return end < len(items) or not isinstance(items[-1], list)


if __name__ == "__main__":
    main()
