"""Writes assets/static-model/model.bin from the fitted table; the layout is documented in that folder's README."""

import argparse
import struct
import zlib
from pathlib import Path

import numpy as np

import student

MAGIC, VERSION, HEADER_BYTES = b"FRANCASM", 1, 64

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--table", type=Path, required=True, help="the .npz that fit.py wrote")
parser.add_argument("--vocabulary", type=Path, required=True, help="vocab.txt of all-MiniLM-L6-v2")
parser.add_argument("--out", type=Path, required=True, help="path of model.bin")
arguments = parser.parse_args()

table = np.load(arguments.table)
rows, scales = table["rows"], table["scales"]
pieces = arguments.vocabulary.read_text("utf-8").rstrip("\n").split("\n")
assert len(pieces) == len(rows) == len(scales), "the table and the vocabulary differ in length"
vocabulary = "\n".join(pieces).encode("utf-8")
header = MAGIC + struct.pack(
    "<IIIIffI", VERSION, rows.shape[1], rows.shape[0], student.MAX_PIECES, student.POSITION_FREE, student.POSITION_SCALE, len(vocabulary)
)
body = header.ljust(HEADER_BYTES, b"\0") + scales.astype("<f2").tobytes() + rows.astype(np.int8).tobytes() + vocabulary
arguments.out.parent.mkdir(parents=True, exist_ok=True)
arguments.out.write_bytes(body + struct.pack("<I", zlib.crc32(body)))
print(f"{arguments.out.stat().st_size} bytes, checksum {zlib.crc32(body):08x}")
