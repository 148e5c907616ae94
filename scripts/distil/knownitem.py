"""nDCG@10 on the known-item sets, linear gain, by the formulas of their README; for choosing, never for training."""

from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

import corpus
import student

# nDCG@10 of the fp32 teacher, from the README of the sets.
TEACHER = {"squad": 0.7830, "docs": 0.5407, "cranfield": 0.3736, "banking77": 0.5601}
DEPTH = 10


def load(folder: Path, tokenizer: Tokenizer) -> dict:
    """Every set with its texts encoded for the student."""
    sets = {name: corpus.read_known_item(folder / name) for name in TEACHER}
    for one in sets.values():
        one["document_weights"] = student.encode(tokenizer, one["documents"])
        one["query_weights"] = student.encode(tokenizer, one["queries"])
    return sets


def ndcg(one: dict, documents: np.ndarray, queries: np.ndarray) -> float:
    scores, total = queries @ documents.T, 0.0
    discounts = 1 / np.log2(np.arange(DEPTH) + 2)
    for row, query in enumerate(one["query_ids"]):
        grades = one["grades"].get(query, {})
        top = np.argsort(-scores[row], kind="stable")[:DEPTH]
        gained = sum(grades.get(one["document_ids"][d], 0) * discounts[i] for i, d in enumerate(top))
        best = sum(g * w for g, w in zip(sorted(grades.values(), reverse=True), discounts))
        total += gained / best if best else 0.0
    return total / len(one["query_ids"])


def score(sets: dict, table: np.ndarray) -> dict:
    """Per set nDCG@10 and its ratio to the teacher; `mean_of_ratios`, `ratio_of_means`."""
    values = {
        name: ndcg(one, student.unit(one["document_weights"] @ table), student.unit(one["query_weights"] @ table))
        for name, one in sets.items()
    }
    ratios = {name: values[name] / TEACHER[name] for name in values}
    return {
        "ndcg": values,
        "ratios": ratios,
        "mean_of_ratios": sum(ratios.values()) / len(ratios),
        "ratio_of_means": sum(values.values()) / sum(TEACHER.values()),
    }
