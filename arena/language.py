"""Which language a text is in, with the site's own among those that are told apart."""

from django.conf import settings

from arena.datasets import language


def detect_language(text: str) -> str:
    """BCP-47 tag of the text's language, or "" where it is too short or too uncertain."""
    return language.detect(text, content_language=settings.CONTENT_LANGUAGE)


def load_identifier() -> None:
    """Takes half a second once in every process, which a server spends before anybody waits for it."""
    language.load_identifier(language.primary(settings.CONTENT_LANGUAGE))
