"""Steps 2 to 5 of the recipe: the table from the teacher's vectors, fitted, scored on the known-item sets, quantised, saved to the work folder."""

import argparse
import json
from pathlib import Path

import numpy as np

import corpus
import knownitem
import student
import teacher

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
parser.add_argument("--training", type=Path, required=True, help="folder of texts.jsonl.xz and pairs.jsonl.xz")
parser.add_argument("--known-item", type=Path, required=True, help="folder of the known-item sets, scored and never trained on")
parser.add_argument("--work", type=Path, required=True, help="folder that embed.py wrote to")
parser.add_argument("--dimension", type=int, default=256)
parser.add_argument("--epochs", type=int, default=9)
parser.add_argument("--seed", type=int, default=7)
parser.add_argument("--rate", type=float, default=2.5e-3)
parser.add_argument("--pair-weight", type=float, default=1.0)
parser.add_argument("--out", default="table.npz", help="file name inside the work folder")
arguments = parser.parse_args()

tokenizer = teacher.load_tokenizer(arguments.model)
pieces = np.load(arguments.work / "pieces.npy")
vectors = np.load(arguments.work / "texts.npy")
texts = student.encode(tokenizer, corpus.read_texts(arguments.training, len(vectors)))
query_texts, passage_texts, groups = corpus.read_pairs(arguments.training)
queries, passages = student.encode(tokenizer, query_texts), student.encode(tokenizer, passage_texts)
frequency = student.frequency(tokenizer, corpus.read_texts(arguments.training, len(vectors)))
sets = knownitem.load(arguments.known_item, tokenizer)


def told(table: np.ndarray) -> str:
    found = knownitem.score(sets, table)
    return f"{found['mean_of_ratios']:.4f} " + " ".join(f"{name} {ratio:.3f}" for name, ratio in found["ratios"].items())


table, projection = student.initial_table(pieces, frequency, vectors, arguments.dimension)
print("before the fit:", told(table), flush=True)
student.fit(
    table, vectors, projection, texts, queries, passages, groups, arguments.epochs, arguments.seed,
    rate=arguments.rate, pair_weight=arguments.pair_weight, check=told,
)
rows, scales = student.quantise(table)
found = knownitem.score(sets, rows.astype(np.float32) * scales.astype(np.float32)[:, None])
np.savez(arguments.work / arguments.out, rows=rows, scales=scales)
(arguments.work / arguments.out).with_suffix(".json").write_text(json.dumps(found, indent=2))
print(json.dumps(found, indent=2))
