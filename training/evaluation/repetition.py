"""How much a text repeats itself."""

from __future__ import annotations

LENGTH = 4


def repetition(text: str) -> float:
    """Share of the text's runs of four words that stood in it before, in 0 to 1; 0 for a shorter text."""
    words = text.lower().split()
    runs = [tuple(words[start : start + LENGTH]) for start in range(len(words) - LENGTH + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0
