"""The student: v = sum over distinct ids of (1 + ln tf) h(i) u_id, then v / |v|; its fit to the teacher by gradient."""

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from tokenizers import Tokenizer

VOCABULARY = 30_522
FIRST_REAL_PIECE = 999  # ids below are special, unused or punctuation marks of the vocabulary's head
MAX_PIECES = 512
POSITION_FREE = 16  # h is 1 up to this index of first occurrence
POSITION_SCALE = 64
SIF = 1e-3


def encode(tokenizer: Tokenizer, texts: list[str]) -> sparse.csr_matrix:
    """Weights (1 + ln tf) h(i), one row a text, one column an id; float32 [texts, 30522]."""
    starts, columns, weights = [0], [], []
    for at in range(0, len(texts), 4096):
        for encoded in tokenizer.encode_batch(texts[at : at + 4096], add_special_tokens=False):
            ids, first, counts = np.unique(encoded.ids[:MAX_PIECES], return_index=True, return_counts=True)
            columns.append(ids)
            weights.append((1 + np.log(counts)) / (1 + np.maximum(0, first - POSITION_FREE) / POSITION_SCALE))
            starts.append(starts[-1] + len(ids))
    data = np.concatenate(weights).astype(np.float32)
    return sparse.csr_matrix((data, np.concatenate(columns).astype(np.int32), starts), shape=(len(texts), VOCABULARY))


def frequency(tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """Share of each id among all word pieces of the texts; float64 [30522]."""
    counts = np.zeros(VOCABULARY)
    for at in range(0, len(texts), 4096):
        for encoded in tokenizer.encode_batch(texts[at : at + 4096], add_special_tokens=False):
            np.add.at(counts, encoded.ids, 1)
    return counts / counts.sum()


def unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def initial_table(pieces: np.ndarray, frequency: np.ndarray, teacher: np.ndarray, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows before the fit (centred, scaled, SIF-weighted, projected) and the projection [384, dimension]."""
    rows = pieces - pieces[FIRST_REAL_PIECE:].mean(0)
    rows /= np.linalg.norm(rows[FIRST_REAL_PIECE:], axis=1).mean()
    rows *= (SIF / (SIF + frequency))[:, None]
    _, vectors = np.linalg.eigh(teacher.T.astype(np.float64) @ teacher)
    projection = vectors[:, ::-1][:, :dimension].astype(np.float32)
    return (rows @ projection).astype(np.float32), projection


def softmax(logits: np.ndarray) -> np.ndarray:
    e = np.exp(logits - logits.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def through_norm(gradient: np.ndarray, v: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Gradient by the raw sum, given the one by the unit vector v."""
    return (gradient - (gradient * v).sum(1, keepdims=True) * v) / length


def forward(weights: sparse.csr_matrix, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    raw = weights @ rows
    length = np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-6)
    return raw / length, length


def text_gradient(v: np.ndarray, target: np.ndarray, similarity: np.ndarray, temperature: float = 0.05) -> np.ndarray:
    """Of the mean over the batch of 1 - cos(v, target) + temperature * KL(teacher's neighbours || student's)."""
    mine = v @ v.T
    np.fill_diagonal(mine, -np.inf)
    difference = softmax(mine / temperature) - softmax(similarity / temperature)
    return (-target + (difference + difference.T) @ v) / len(v)


def pair_gradient(q: np.ndarray, d: np.ndarray, group: np.ndarray, temperature: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    """Of temperature * symmetric InfoNCE, mean over the batch; two pairs of one group are not each other's negatives."""
    logits = q @ d.T / temperature
    same = (group[:, None] == group[None, :]) & (group[:, None] >= 0)
    np.fill_diagonal(same, False)
    logits[same] = -np.inf
    difference = softmax(logits) + softmax(logits.T).T
    difference[np.diag_indices(len(q))] -= 2
    difference /= 2 * len(q)
    return difference @ d, difference.T @ q


@dataclass
class Adam:
    """Adam whose second moment is one number a row; only the rows of a batch move (and age)."""

    table: np.ndarray
    first_decay: float = 0.9
    second_decay: float = 0.999

    def __post_init__(self) -> None:
        self.first = np.zeros_like(self.table)
        self.second = np.zeros(len(self.table), np.float32)
        self.age = np.zeros(len(self.table), np.int64)

    def step(self, ids: np.ndarray, gradient: np.ndarray, rate: float) -> None:
        self.age[ids] += 1
        first = self.first[ids] * self.first_decay + gradient * (1 - self.first_decay)
        second = self.second[ids] * self.second_decay + np.square(gradient).mean(1) * (1 - self.second_decay)
        self.first[ids], self.second[ids] = first, second
        mean = first / (1 - self.first_decay ** self.age[ids])[:, None]
        spread = np.sqrt(second / (1 - self.second_decay ** self.age[ids]))
        self.table[ids] -= (rate * mean / (spread[:, None] + 1e-8)).astype(np.float32)


def fit(table, teacher, projection, texts, queries, passages, groups, epochs, seed, text_batch=768, pair_batch=512, rate=2.5e-3, pair_weight=1.0, check=None):
    """The table fitted in place: `epochs` passes over the texts, as many pairs as fit beside; the rate falls linearly to 0."""
    random = np.random.default_rng(seed)
    targets = unit(teacher @ projection)
    adam, groups, began = Adam(table), np.asarray(groups), time.time()
    a_pass = len(teacher) // text_batch
    steps, pair_order = epochs * a_pass, np.empty(0, np.int64)
    for step in range(steps):
        if step % a_pass == 0:
            text_order = random.permutation(len(teacher))
        if len(pair_order) < pair_batch:
            pair_order = random.permutation(len(groups))
        chosen = text_order[(step % a_pass) * text_batch :][:text_batch]
        pairs, pair_order = pair_order[:pair_batch], pair_order[pair_batch:]
        weights = sparse.vstack([texts[chosen], queries[pairs], passages[pairs]], format="csr")
        ids, columns = np.unique(weights.indices, return_inverse=True)
        local = sparse.csr_matrix((weights.data, columns.astype(np.int32), weights.indptr), shape=(weights.shape[0], len(ids)))
        v, length = forward(local, table[ids])
        similarity = teacher[chosen] @ teacher[chosen].T
        np.fill_diagonal(similarity, -np.inf)
        by_query, by_passage = pair_gradient(v[text_batch : text_batch + pair_batch], v[text_batch + pair_batch :], groups[pairs])
        by_text = text_gradient(v[:text_batch], targets[chosen], similarity)
        gradient = through_norm(np.concatenate([by_text, pair_weight * by_query, pair_weight * by_passage]), v, length)
        adam.step(ids, local.T @ gradient.astype(np.float32), rate * (1 - step / steps))
        if (step + 1) % a_pass == 0:
            cosine = (v[:text_batch] * targets[chosen]).sum(1).mean()
            print(f"epoch {(step + 1) // a_pass}: cosine {cosine:.4f}, {time.time() - began:.0f} s {check(table) if check else ''}", flush=True)
    return table


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 rows and float16 scales, such that row = scale * int8; the scale is rounded first, so the rows are exact to it."""
    scales = np.maximum(np.abs(table).max(1) / 127, 6.2e-5).astype(np.float16)
    rows = np.clip(np.rint(table / scales.astype(np.float32)[:, None]), -127, 127).astype(np.int8)
    return rows, scales
