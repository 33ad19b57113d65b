"""Which language a text is in, as far as that can be told. "Unknown" is an answer; "wrong" is never guessed."""

import unicodedata
from functools import cache

from django.conf import settings
from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Languages people of the arena are likely to meet; the identifier confuses rare ones on short text.
_BRIDGES = ["en", "es", "fr", "pl", "zh", "ug"]
MINIMUM_LETTERS = 12
MINIMUM_PROBABILITY = 0.8


def detect_language(text: str) -> str:
    """BCP-47 tag of the text's language, or "" where it is too short or too uncertain."""
    letters = [character for character in text if character.isalpha()]
    if len(letters) < MINIMUM_LETTERS:
        return ""
    if sum("TIBETAN" in unicodedata.name(letter, "") for letter in letters) > len(letters) / 2:
        return "bo"
    tag, probability = load_identifier().classify(text)
    return str(tag) if probability >= MINIMUM_PROBABILITY else ""


@cache
def load_identifier() -> LanguageIdentifier:
    """Takes half a second once in every process, which a server spends before anybody waits for it."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(dict.fromkeys([settings.CONTENT_LANGUAGE.split("-")[0], *_BRIDGES])))
    return identifier
