"""The teacher, MiniLM through ONNX: sentence vectors of texts and raw vectors of single word pieces."""

import os
import time
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

CLS, SEP = 101, 102
MAX_TOKENS = 256  # max_seq_length of the model, [CLS] and [SEP] included
VOCABULARY = 30_522


def load_tokenizer(model: Path) -> Tokenizer:
    """tokenizer.json without the truncation and the padding it carries."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def quantised(model: Path, work: Path) -> Path:
    """Path of an int8 dynamically quantised copy, made once."""
    path = work / "model-int8.onnx"
    if not path.exists():
        quantize_dynamic(model / "onnx" / "model.onnx", path, per_channel=True, weight_type=QuantType.QInt8)
    return path


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def pooled(run: onnxruntime.InferenceSession, sequences: list[list[int]]) -> np.ndarray:
    """Mean over the attention mask, not normalised; float32 [sequences, 384]."""
    width = max(map(len, sequences))
    ids = np.zeros((len(sequences), width), np.int64)
    mask = np.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden = run.run(["last_hidden_state"], feeds)[0]
    weights = mask[:, :, None].astype(np.float32)
    return (hidden * weights).sum(1) / weights.sum(1)


def embed_texts(model: Path, work: Path, texts: list[str], batch_tokens: int = 8192) -> np.ndarray:
    """Unit vectors float32 [texts, 384], in the order given. Sorted by length inside, so that padding costs little."""
    run, tokenizer = session(quantised(model, work)), load_tokenizer(model)
    pieces = [e.ids for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
    sequences = [[CLS, *ids[: MAX_TOKENS - 2], SEP] for ids in pieces]
    order = sorted(range(len(texts)), key=lambda i: (len(sequences[i]), i))
    vectors, at, began, told = np.empty((len(texts), 384), np.float32), 0, time.time(), 0.0
    while at < len(order):
        # Lengths rise, so the last one of a batch decides its width.
        size = max(1, batch_tokens // len(sequences[order[min(at + 64, len(order) - 1)]]))
        batch = order[at : at + size]
        vectors[batch] = pooled(run, [sequences[i] for i in batch])
        at += size
        if time.time() - told > 30:
            told = time.time()
            print(f"embedded {min(at, len(order))} of {len(order)} texts in {told - began:.0f} s", flush=True)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def embed_pieces(model: Path, batch: int = 512) -> np.ndarray:
    """For every id the mean of the model over `[CLS] id [SEP]`, not normalised, from the fp32 model; float32 [30522, 384]."""
    run = session(model / "onnx" / "model.onnx")
    rows = [pooled(run, [[CLS, i, SEP] for i in range(at, min(at + batch, VOCABULARY))]) for at in range(0, VOCABULARY, batch)]
    return np.concatenate(rows)
