"""Which language a text is in, as far as that can be told. "Unknown" is an answer; "wrong" is never guessed.

No Django here: the site asks through `arena.language`, the training programs ask directly.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Languages people of the arena are likely to meet; the identifier confuses rare ones on short text.
_BRIDGES = ["en", "es", "fr", "pl", "zh", "ug"]
MINIMUM_LETTERS = 12
MINIMUM_PROBABILITY = 0.8


def detect(text: str, *, content_language: str) -> str:
    """BCP-47 tag of the text's language, or "" where it is too short or too uncertain.

    `content_language` is the community's own: one of the few that are told apart.
    """
    letters = [character for character in text if character.isalpha()]
    if len(letters) < MINIMUM_LETTERS:
        return ""
    if sum("TIBETAN" in unicodedata.name(letter, "") for letter in letters) > len(letters) / 2:
        return "bo"
    tag, probability = load_identifier(content_language.split("-")[0]).classify(text)
    return str(tag) if probability >= MINIMUM_PROBABILITY else ""


@cache
def load_identifier(content_language: str) -> LanguageIdentifier:
    """Takes half a second once in every process."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(dict.fromkeys([content_language, *_BRIDGES])))
    return identifier
