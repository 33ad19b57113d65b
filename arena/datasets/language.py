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

    `content_language` is the community's own: one of the few that are told apart. Where the identifier has never
    learned it, every text is unknown: it would find the nearest of the others instead.
    """
    letters = [character for character in text if character.isalpha()]
    if len(letters) < MINIMUM_LETTERS:
        return ""
    if sum("TIBETAN" in unicodedata.name(letter, "") for letter in letters) > len(letters) / 2:
        return "bo"
    identifier = load_identifier(primary(content_language))
    if identifier is None:
        return ""
    tag, probability = identifier.classify(text)
    return str(tag) if probability >= MINIMUM_PROBABILITY else ""


def primary(tag: str) -> str:
    """`eu` of `eu-ES`."""
    return tag.split("-")[0].lower()


@cache
def load_identifier(content_language: str) -> LanguageIdentifier | None:
    """Takes half a second once in every process. None where the identifier does not know the language."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Tibetan has letters of its own: what comes here is in one of the others.
    own = [] if content_language == "bo" else [content_language]
    if not set(own) <= set(identifier.labels):
        return None
    identifier.set_languages(list(dict.fromkeys([*own, *_BRIDGES])))
    return identifier
