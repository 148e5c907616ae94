"""Writes tricky strings with the ids the reference tokenizer gives them; the tests hold the TypeScript one to these.

With a large --count it serves as a differential test, with 300 as the committed fixture.
"""

import argparse
import json
import random
from pathlib import Path

import teacher

HAND_MADE = [
    "", " ", "\u00a0\u2003\u3000", "a" * 100, "a" * 101, "é" * 101, "\U0001d400" * 100, "x" * 100 + "-" + "y" * 101,
    "[CLS][SEP] [MASK]x[UNK][PAD]", "[[CLS]]", "[cls] [ CLS]", "[CLS", "foo[SEP]bar", "ΣΑΣ ΟΔΟΣ", "İstanbul ISPARTA ı", "Straße STRASSE ẞ",
    "a\u0000b\u0001c\u007fd\u0085e", "a\u000bb\u000cc", "\u2028line\u2029paragraph", "zero\u200bwidth\u200djoin\ufeffbom\u00adhyphen\ufffd",
    "≠ ≮ ; ` Å Ω K", "ﬁ ﬂ ½ ² ℌ ①", "e\u0301\u0323 o\u0302\u0301", "각 한국어 가", "漢字kana かな\u3099 豈 更 㐀 𠀀 𫜿", "हिन्दी ไทย ລາວ မြန်မာ",
    "👩‍👩‍👧‍👦🇫🇷👍🏽 ❤️", "don't U.S.A. $1,234.56 50%~`^|<>=+", "résumé RÉSUMÉ re\u0301sume\u0301", "Dž ǅ ǆ Ǆ", "\ue000private\U000f0000", "\u0378 unassigned \u05ff",
    "\u166d \U000111c9 \u1734 \u0d3b \u2e52 \u0c77", "ͅ ᾳ ᾼ ΐ", "pneumonoultramicroscopicsilicovolcanoconiosis", "unaffable embeddings tokenization", "a\nb\rc\td", "##ing # ##",
]


def text(generator: random.Random) -> str:
    """A few runs of characters, each from one range of Unicode, so that neighbours meet in every way."""
    ranges = [
        (0x20, 0x7E), (0x20, 0x7E), (0x00, 0xFF), (0x100, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x590, 0x6FF), (0x900, 0xDFF),
        (0xE00, 0xFFF), (0x1100, 0x11FF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x20A0, 0x2BFF), (0x2E00, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFFFF), (0x10000, 0x11FFF), (0x1D100, 0x1F9FF), (0x0, 0x10FFFF),
    ]
    made = ""
    for _ in range(generator.randint(1, 6)):
        low, high = generator.choice(ranges)
        made += "".join(chr(generator.randint(low, high)) for _ in range(generator.randint(1, 8)))
        made += generator.choice(["", "", " ", "-", "the ", "Ing", "[SEP]", "[MASK", "\u0301"])
    return "".join(c for c in made if not 0xD800 <= ord(c) < 0xE000)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--model", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--count", type=int, default=300)
parser.add_argument("--seed", type=int, default=7)
arguments = parser.parse_args()

generator, tokenizer = random.Random(arguments.seed), teacher.load_tokenizer(arguments.model)
texts = HAND_MADE + [text(generator) for _ in range(arguments.count - len(HAND_MADE))]
rows = [json.dumps([t, tokenizer.encode(t, add_special_tokens=False).ids], separators=(",", ":")) for t in texts]
arguments.out.write_text("[\n" + ",\n".join(rows) + "\n]\n", "utf-8")
