"""How much of the interface each language has, and whether a native speaker has read it."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import HeaderParser
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import to_locale

from arena.translations import Entry, read_catalogue

REVIEW = "X-Harea-Review"
READ = "read by a native speaker"


@dataclass(frozen=True)
class Completeness:
    """`percent` is rounded down: 100 is all. `read` is whether its header says that a native speaker did."""

    percent: int
    read: bool


def catalogue_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"


def completeness() -> dict[str, Completeness]:
    """Of every language of the interface but the one that it is written in."""
    return _completeness(tuple((code, catalogue_path(code)) for code, _name in settings.LANGUAGES))


@cache
def _completeness(paths: tuple[tuple[str, Path], ...]) -> dict[str, Completeness]:
    """Read once in a process: the files change with a new version only."""
    catalogues = {code: read_catalogue(path) for code, path in paths if code != settings.LANGUAGE_CODE}
    wanted = {entry.key for _header, *entries in catalogues.values() for entry in entries}
    return {
        code: Completeness(
            percent=100 * len({entry.key for entry in entries if entry.translated} & wanted) // len(wanted),
            read=_review(header).startswith(READ),
        )
        for code, (header, *entries) in catalogues.items()
    }


def _review(header: Entry) -> str:
    return HeaderParser().parsestr(header.translations[0]).get(REVIEW, "")
