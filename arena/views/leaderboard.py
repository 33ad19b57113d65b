"""The live boards as pages and as files, and the votes they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.datasets.tables import CONTENT_TYPES
from arena.leaderboards import pictures
from arena.leaderboards.boards import OVERALL, known_boards, parent_of
from arena.leaderboards.columns import votes_now
from arena.leaderboards.compute import board
from arena.leaderboards.failures import attempts
from arena.leaderboards.files import board_file
from arena.leaderboards.lines import live_lines
from arena.leaderboards.reasons import warning_text
from arena.leaderboards.titles import board_title, choice_title, kind_title
from arena.models import Leaderboard
from serving.models import LanguageModel
from serving.version import code_version


@dataclass(frozen=True)
class Choice:
    """Which board is looked at, and whose votes it counts besides the people's."""

    board: str
    simulated: bool
    excluded: bool

    @property
    def query(self) -> str:
        """The choice as the end of an address; "" for the people's overall board."""
        chosen = {"board": self.board} if self.board != OVERALL else {}
        chosen |= {name: "1" for name in ("simulated", "excluded") if getattr(self, name)}
        return f"?{urlencode(chosen, safe=':')}" if chosen else ""


@require_safe
def leaderboard(request: HttpRequest) -> HttpResponse:
    choice = _choice(request)
    counted = {"simulated": choice.simulated, "excluded": choice.excluded}
    current = board(choice.board, **counted)
    votes = votes_now()
    mask = votes.on(choice.board, **counted)
    found = LanguageModel.objects.select_related("parent", "base").filter(name__in=current.counts.models)
    models = {model.name: model for model in found}
    titles = {name: model.title for name, model in models.items()}
    lines = live_lines(current, models, attempts(simulated=choice.simulated))
    total = int(mask.sum())
    context = {
        "board": current,
        "choice": choice,
        "choices": _choices(),
        "title": board_title(choice.board),
        "shrunken": parent_of(choice.board) is not None,
        "votes": total,
        "rests_on": pictures.voters_text(total, votes.voters(mask)),
        "any_excluded": votes.any_excluded,
        "published": Leaderboard.objects.filter(board=choice.board, simulated=False).order_by("number").last(),
        "warnings": [warning_text(code) for code in current.warnings],
        "ranked": [line for line in lines if not line.why],
        "provisional": [line for line in lines if line.why],
        "intervals": pictures.rating_intervals(current, titles),
        "pictures": [
            pictures.win_rates(current, titles),
            pictures.ratings_over_time(choice.board, current, titles),
            pictures.votes_a_day(votes.per_day(mask)),
            pictures.voters_agreement(choice.board),
        ],
    }
    return render(request, "arena/leaderboard.html", context)


@require_safe
def leaderboard_file(request: HttpRequest, format: str) -> HttpResponse:  # noqa: A002
    choice = _choice(request)
    current = board(choice.board, simulated=choice.simulated, excluded=choice.excluded)
    facts = {
        "board": choice.board,
        "simulated": choice.simulated,
        "excluded": choice.excluded,
        "code_version": code_version(),
    }
    return download(board_file(current, format, facts), "leaderboard", format)


def download(content: bytes, name: str, format: str) -> HttpResponse:  # noqa: A002
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response


def _choice(request: HttpRequest) -> Choice:
    name = request.GET.get("board", OVERALL)
    if name not in known_boards():
        raise Http404
    return Choice(name, _is_on(request, "simulated"), _is_on(request, "excluded"))


def _is_on(request: HttpRequest, name: str) -> bool:
    return request.GET.get(name) == "1"


def _choices() -> list[dict[str, Any]]:
    """The boards that there are, in groups: first the axes, then each kind of slice under its heading."""
    groups = groupby(known_boards(), key=lambda name: name.partition(":")[0] if ":" in name else "")
    return [
        {"title": kind_title(kind) if kind else "", "boards": [(name, choice_title(name)) for name in names]}
        for kind, names in groups
    ]
