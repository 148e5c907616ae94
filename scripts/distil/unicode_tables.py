"""Writes src/embedders/wordpiece/unicode.ts: which code points the reference tokenizer removes, and which it splits off.

The reference (Hugging Face `tokenizers`) carries the categories of an old Unicode version, an engine's `\\p{...}`
those of a new one. Tables asked from the reference give the same ids in every engine.
"""

import argparse
import textwrap
from pathlib import Path

from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

SURROGATES = range(0xD800, 0xE000)  # the reference cannot see a lone one; TypeScript can, and removes it
HEADER = '''/**
 * Which code points BERT's tokenizer removes and which it splits off as punctuation: ranges in hexadecimal, as the
 * reference (Hugging Face tokenizers) has them, which follows an older Unicode than JavaScript engines do.
 * Written by scripts/distil/unicode_tables.py; not edited by hand.
 */
'''


def ranges(points: list[int]) -> str:
    runs: list[list[int]] = []
    for point in points:
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    return " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in runs)


def constant(name: str, meaning: str, text: str) -> str:
    lines = textwrap.wrap(text, 100)
    body = " +\n".join(f'  "{line}{" " if line is not lines[-1] else ""}"' for line in lines)
    return f"\n/** {meaning} */\nexport const {name}: string =\n{body};\n"


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, required=True, help="path of unicode.ts")
arguments = parser.parse_args()

normalise, split = BertNormalizer(lowercase=True).normalize_str, BertPreTokenizer().pre_tokenize_str
removed, punctuation = [], []
for point in range(0x110000):
    if point in SURROGATES:
        removed.append(point)
        continue
    between = f"a{chr(point)}b"
    if normalise(between) == "ab":
        removed.append(point)
    if len(split(between)) == 3:
        punctuation.append(point)
arguments.out.write_text(
    HEADER
    + constant("removedRanges", "Control, format, private-use and non-spacing marks (accents), and lone surrogates.", ranges(removed))
    + constant("punctuationRanges", "Each is a word of its own; ASCII symbols such as `$` and `+` included.", ranges(punctuation)),
    "utf-8",
)
