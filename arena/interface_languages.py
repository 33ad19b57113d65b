"""Which language of the interface a visitor gets, and which one stands in where it lacks a text.

From a variety to its language, and from a language to its bridge: eu-x-bizkai, eu, es, and English at last.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation, parse_accept_lang_header
from django.utils.translation.trans_real import translation as catalogue


class InterfaceLanguageMiddleware(LocaleMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = choose_language(cookie, request.headers.get("Accept-Language", ""))
        translation.activate(language)
        request.LANGUAGE_CODE = language


def choose_language(cookie: str, accept_language: str) -> str:
    """What the visitor chose, else what the browser asks for, else what stands in for that."""
    wishes = [cookie, *(tag for tag, _quality in parse_accept_lang_header(accept_language))]
    bridges = (bridge for wish in wishes for bridge in stand_ins(wish))
    for language in [*wishes, *bridges]:
        try:
            return translation.get_supported_language_variant(language)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def stand_ins(language: str) -> list[str]:
    """Languages of the interface that stand in for this one, the nearest first; English, after them all, unnamed."""
    offered = {code for code, _name in settings.LANGUAGES}
    return [code for code in _broader(language) if code in offered]


def link_catalogues() -> None:
    """Let every catalogue ask that of the next language of its chain for what it lacks.

    Django itself only ever asks the default language's, and has no place to say otherwise.
    """
    ask_the_default = DjangoTranslation._add_fallback  # type: ignore[attr-defined]

    def ask_the_next(self: DjangoTranslation, localedirs: list[str] | None = None) -> None:
        following = stand_ins(self.language())
        if following and self.domain == "django":
            self.add_fallback(catalogue(following[0]))
        else:
            ask_the_default(self, localedirs)

    DjangoTranslation._add_fallback = ask_the_next  # type: ignore[attr-defined]


def _broader(language: str) -> Iterable[str]:
    while language := settings.BRIDGE_LANGUAGES.get(language) or language.rpartition("-")[0]:
        yield language
