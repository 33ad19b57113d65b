"""How an answer looks before it is read: its length and its Markdown, which win votes of their own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import numpy as np

from arena.ranking.counts import FloatMatrix

# The columns of every matrix here. Characters, not tokens: a tokenizer cuts a small language into more of them.
FEATURES = ("characters", "headers", "lists", "bold")

# What stands in a fence is code: its # and * are no Markdown.
_FENCED = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE)
# \d is a digit of any script.
_ITEM = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,9}[.)])[ \t]+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]+\*\*|\b__(?=\S)[^_\n]+__\b")


def appearance(text: str) -> tuple[int, ...]:
    """Characters (code points of NFC), headers, list items and bold spans of a Markdown text, as `FEATURES`."""
    prose = _FENCED.sub("", text) if "```" in text or "~~~" in text else text
    marks = [len(pattern.findall(prose)) for pattern in (_HEADER, _ITEM, _BOLD)]
    return (len(unicodedata.normalize("NFC", text)), *marks)


def appearances(texts: Iterable[str]) -> FloatMatrix:
    """N × 4: a row a text."""
    return np.array([appearance(text) for text in texts], dtype=np.float64).reshape(-1, len(FEATURES))


def style_features(side_a: FloatMatrix, side_b: FloatMatrix) -> FloatMatrix:
    """N × k: (x_A − x_B) / (x_A + x_B + 1), every column divided by its root mean square.

    The arguments are N × k counts of what each side shows, such as `appearances`. The quotient frees the difference
    from the length of both and from the script; 0 stays "both alike", so that turning the sides turns the sign. A
    column of zeros stays one. Li et al. (2024), Does style matter? Disentangling style and substance in Chatbot Arena.
    """
    relative = (side_a - side_b) / (side_a + side_b + 1)
    size = np.sqrt(np.mean(relative**2, axis=0)) if len(relative) else np.ones(relative.shape[1])
    return np.asarray(relative / np.where(size > 0, size, 1), dtype=np.float64)
