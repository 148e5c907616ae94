"""Reads the training texts, the pairs and the known-item sets; promises file order, so every run sees the same data."""

import json
import lzma
from pathlib import Path

# Sources whose pairs are two sayings of one intent: their pairs are never each other's negatives.
PARAPHRASE = "/paraphrase"


def read_texts(folder: Path, count: int) -> list[str]:
    """The first `count` texts; the file is already shuffled."""
    with lzma.open(folder / "texts.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["t"] for _, line in zip(range(count), lines)]


def read_pairs(folder: Path) -> tuple[list[str], list[str], list[int]]:
    """Short texts, passages, and per pair the number of its paraphrase source, or -1 where its batch mates are true negatives."""
    queries, passages, groups, numbers = [], [], [], {}
    with lzma.open(folder / "pairs.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            pair = json.loads(line)
            queries.append(pair["q"])
            passages.append(pair["d"])
            is_paraphrase = pair["s"].endswith(PARAPHRASE)
            groups.append(numbers.setdefault(pair["s"], len(numbers)) if is_paraphrase else -1)
    return queries, passages, groups


def read_known_item(folder: Path) -> dict:
    """One known-item set: document ids and texts, query ids and texts, and query id -> {document id: grade}."""
    def lines(name: str) -> list[dict]:
        return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines() if line]

    documents, queries, grades = lines("docs.jsonl"), lines("queries.jsonl"), {}
    for row in (folder / "qrels.tsv").read_text("utf-8").splitlines():
        query, document, grade = row.split("\t")
        grades.setdefault(query, {})[document] = int(grade)
    return {
        "document_ids": [d["id"] for d in documents],
        "documents": [f"{d['title']}\n{d['text']}" if d["title"] else d["text"] for d in documents],
        "query_ids": [q["id"] for q in queries],
        "queries": [q["text"] for q in queries],
        "grades": grades,
    }
