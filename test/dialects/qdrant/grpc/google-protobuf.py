"""Qdrant's messages by Google's own protobuf: `make` writes random ones, `compare` says whether two are the same.

make: {seed, count} on stdin; lines {name, hex} on stdout. compare: lines {name, hex, again} on stdin.
"""

import json
import random
import sys

from qdrant_client.grpc import collections_pb2, points_pb2, qdrant_pb2, snapshots_service_pb2
from google.protobuf import message_factory

FILES = [collections_pb2, points_pb2, qdrant_pb2, snapshots_service_pb2]
TEXTS = ["", "a", "city", "ü", "__proto__", "𝄞 clef", "x" * 200, "a.b[].c"]


def classes():
    return {
        descriptor.full_name: message_factory.GetMessageClass(descriptor)
        for file in FILES
        for descriptor in file.DESCRIPTOR.message_types_by_name.values()
    }


def scalar(field, draw):
    size = 2 ** draw.randrange(31)
    wide = 3 if draw.random() < 0.3 else 1
    if field.enum_type is not None:
        return draw.choice(field.enum_type.values).number
    return {
        field.TYPE_BOOL: lambda: draw.random() < 0.5,
        field.TYPE_STRING: lambda: draw.choice(TEXTS),
        field.TYPE_DOUBLE: lambda: (draw.random() - 0.5) * size,
        field.TYPE_FLOAT: lambda: (draw.random() - 0.5) * size,
        field.TYPE_UINT32: lambda: draw.randrange(2 * size),
        field.TYPE_INT32: lambda: draw.randrange(-size, size),
        field.TYPE_UINT64: lambda: draw.randrange(size) ** wide % 2**64,
        field.TYPE_INT64: lambda: (draw.randrange(-size, size) ** wide + 2**63) % 2**64 - 2**63,
    }[field.type]()


def fill(message, draw, depth=0):
    for field in message.DESCRIPTOR.fields:
        if draw.random() < (0.9 if depth > 4 else 0.4):
            continue
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        for _ in range(draw.randrange(4) if field.is_repeated else 1):
            into = getattr(message, field.name)
            if is_map:
                value = field.message_type.fields_by_name["value"]
                key = draw.choice(TEXTS)
                if value.message_type is None:
                    into[key] = scalar(value, draw)
                else:
                    fill(into[key], draw, depth + 1)
            elif field.message_type is not None:
                inside = into.add() if field.is_repeated else into
                inside.SetInParent() if not field.is_repeated else None
                fill(inside, draw, depth + 1)
            elif field.is_repeated:
                into.append(scalar(field, draw))
            else:
                setattr(message, field.name, scalar(field, draw))


def make(seed, count):
    draw = random.Random(seed)
    every = sorted(classes().items())
    for _ in range(count):
        name, message_class = draw.choice(every)
        message = message_class()
        fill(message, draw)
        print(json.dumps({"name": name, "hex": message.SerializeToString().hex()}))


def compare():
    every = classes()
    same = 0
    for line in sys.stdin:
        case = json.loads(line)
        message_class = every[case["name"]]
        before = message_class.FromString(bytes.fromhex(case["hex"]))
        after = message_class.FromString(bytes.fromhex(case["again"]))
        if before != after:
            sys.exit(f"{case['name']}:\n{before}\nbecame\n{after}")
        same += 1
    print(f"{same} are the same")


if sys.argv[1] == "make":
    make(**json.load(sys.stdin))
else:
    compare()
