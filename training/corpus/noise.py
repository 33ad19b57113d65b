"""Small spelling accidents of questions, so that a model answers what is meant, not one exact string."""

import random
import re


def blur(question: str, randomness: random.Random, strength: float) -> str:
    """`question` with lost words, lost punctuation or lost capitals, each with a chance of `strength`."""
    words = question.split()
    if len(words) > 3:
        kept = [word for word in words if randomness.random() >= strength]
        words = kept if len(kept) > 2 else words
    blurred = " ".join(words)
    if randomness.random() < strength:
        blurred = re.sub(r"[.,;:!?¿¡\"«»]", "", blurred)
    if randomness.random() < strength:
        blurred = blurred.lower()
    return blurred
