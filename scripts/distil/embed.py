"""Step 1 of the recipe: the teacher's vectors of the training texts and of the word pieces, saved to the work folder."""

import argparse
from pathlib import Path

import numpy as np

import corpus
import teacher

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", type=Path, required=True, help="folder of all-MiniLM-L6-v2 (tokenizer.json, onnx/model.onnx)")
parser.add_argument("--training", type=Path, required=True, help="folder of texts.jsonl.xz and pairs.jsonl.xz")
parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files, outside the repository")
parser.add_argument("--texts", type=int, default=145_970, help="how many of the texts to embed")
arguments = parser.parse_args()

arguments.work.mkdir(parents=True, exist_ok=True)
np.save(arguments.work / "pieces.npy", teacher.embed_pieces(arguments.model))
texts = corpus.read_texts(arguments.training, arguments.texts)
np.save(arguments.work / "texts.npy", teacher.embed_texts(arguments.model, arguments.work, texts))
