"""The board as a page and as files, and the votes it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from arena.datasets.tables import CONTENT_TYPES, as_bytes
from arena.datasets.votes import VOTE_SCHEMA, publishable_votes, vote_rows
from arena.leaderboards.charts import Interval, interval_chart, matrix_chart
from arena.leaderboards.compute import board
from arena.leaderboards.files import board_file
from arena.leaderboards.reasons import warning_text, why_provisional
from arena.ranking.board import Board, Row
from serving.models import LanguageModel


@dataclass(frozen=True)
class Line:
    """One row of the board with its model; `why` is empty for a ranked one."""

    row: Row
    model: LanguageModel
    why: str


@require_safe
def leaderboard(request: HttpRequest) -> HttpResponse:
    simulated = _with_simulated(request)
    current = board(simulated=simulated)
    models = LanguageModel.objects.in_bulk(current.counts.models, field_name="name")
    ranked = [Line(row, models[row.model], "") for row in current.ranked()]
    context = {
        "board": current,
        "simulated": simulated,
        "votes": current.counts.total(),
        "published_votes": publishable_votes(simulated=simulated).count(),
        "warnings": [warning_text(code) for code in current.warnings],
        "ranked": ranked,
        "provisional": [Line(row, models[row.model], why_provisional(row)) for row in current.provisional()],
        **_charts(current, ranked, models),
    }
    return render(request, "arena/leaderboard.html", context)


@require_safe
def leaderboard_file(request: HttpRequest, format: str) -> HttpResponse:  # noqa: A002
    return _download(board_file(board(simulated=_with_simulated(request)), format), "leaderboard", format)


@require_safe
def votes_file(request: HttpRequest, format: str) -> HttpResponse:  # noqa: A002
    """Votes whose owners agreed to publication, without texts and without anybody's identity."""
    rows = vote_rows(publishable_votes(simulated=_with_simulated(request)), conversations=False)
    return _download(as_bytes(rows, VOTE_SCHEMA, format), "votes", format)


def _with_simulated(request: HttpRequest) -> bool:
    return request.GET.get("simulated") == "1"


def _download(content: bytes, name: str, format: str) -> HttpResponse:  # noqa: A002
    response = HttpResponse(content, content_type=CONTENT_TYPES[format])
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response


def _charts(current: Board, ranked: list[Line], models: dict[Any, LanguageModel]) -> dict[str, Any]:
    """Both charts, and the matrix as rows of cells for the table beside it: everybody who was compared, by rank."""
    counts = current.counts
    order = [row.model for row in current.rows if row.wins + row.losses + row.ties]
    places = [counts.models.index(name) for name in order]
    if not places:
        return {}
    rates = counts.win_rates()[places][:, places]
    compared = counts.compared()[places][:, places]
    labels = [models[name].title for name in order]
    cells = [
        [(100 * rate if number else None, number) for rate, number in zip(*row, strict=True)]
        for row in zip(rates.tolist(), compared.tolist(), strict=True)
    ]
    charts: dict[str, Any] = {
        "matrix_chart": matrix_chart(labels, rates, compared),
        "matrix": list(zip(labels, cells, strict=True)),
    }
    intervals = [
        Interval(line.model.title, line.row.rating, line.row.lower, line.row.upper)
        for line in ranked
        if line.row.rating is not None and line.row.lower is not None and line.row.upper is not None
    ]
    return {**charts, "interval_chart": interval_chart(intervals)} if intervals else charts
