"""Boards by the names that people read."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from arena.leaderboards.boards import SLICES
from arena.models.battles import Axis
from arena.prompts import category_title


def board_title(board: str) -> str:
    """What the board is about: "Language: Basque (eu)", "October 2026", "Language quality"."""
    kind, _colon, value = board.partition(":")
    match kind:
        case "language":
            return _("Language: %(name)s") % {"name": _language(value)}
        case "variety":
            return _("Variety: %(name)s") % {"name": _language(value)}
        case "category":
            return _("Category: %(name)s") % {"name": category_title(value)}
        case "month":
            return _month(value)
    return {Axis.OVERALL: _("Overall"), Axis.CONTENT: _("Content"), Axis.QUALITY: _("Language quality")}[Axis(kind)]


def choice_title(board: str) -> str:
    """The same under a heading that names the kind."""
    kind, _colon, value = board.partition(":")
    match kind:
        case "language" | "variety":
            return _language(value)
        case "category":
            return category_title(value)
    return board_title(board)


def kind_title(kind: str) -> str:
    titles = (_("Language"), _("Variety"), _("Category"), _("Month"))
    return dict(zip(SLICES, titles, strict=True))[kind]


def _language(tag: str) -> str:
    """A tag with its language's name, where Django knows it."""
    try:
        return f"{get_language_info(tag)['name_translated']} ({tag})"
    except KeyError:
        return tag


def _month(value: str) -> str:
    year, month = value.split("-")
    return date_format(date(int(year), int(month), 1), "F Y")
