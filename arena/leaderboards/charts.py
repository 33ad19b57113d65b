"""Pictures of one moment: values with their intervals, and win rates between every two models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from arena.leaderboards.svg import TICK_HEIGHT, Scale, grid_down, short, svg
from arena.ranking.counts import FloatMatrix, IntMatrix

ROW_HEIGHT = 46
CELL_WIDTH = 46
CELL_HEIGHT = 40
NAME_HEIGHT = 24
HEAD_HEIGHT = 22
# So that a label of a small matrix has room.
LEAST_WIDTH = 300


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    label: str
    value: float
    lower: float
    upper: float


def interval_chart(intervals: Sequence[Interval], *, title: str, decimals: int = 0) -> SafeString:
    """One row each: its label and figures, below them the value as a dot and its interval as a line.

    `title` says what is shown; the figures are read aloud after it.
    """
    scale = Scale(min(i.lower for i in intervals), max(i.upper for i in intervals))
    height = ROW_HEIGHT * len(intervals)
    values = [f"{i.value:.{decimals}f}".replace("-", "−") for i in intervals]
    bounds = [f"({i.lower:.{decimals}f}–{i.upper:.{decimals}f})".replace("-", "−") for i in intervals]
    rows = format_html_join(
        "",
        '<text class="label" x="0" y="{3}">{0}</text>'
        '<text class="value" x="100%" y="{3}">{1}<tspan class="bounds"> {2}</tspan></text>'
        '<line class="interval" x1="{5}" x2="{6}" y1="{4}" y2="{4}"/><circle class="dot" cx="{7}" cy="{4}" r="5"/>',
        (
            (
                *(short(i.label), value, between, ROW_HEIGHT * n + 18, ROW_HEIGHT * n + 32),
                *(scale.across(i.lower), scale.across(i.upper), scale.across(i.value)),
            )
            for n, (i, value, between) in enumerate(zip(intervals, values, bounds, strict=True))
        ),
    )
    figures = zip(intervals, values, bounds, strict=True)
    spoken = "; ".join(f"{i.label} {value} {between}" for i, value, between in figures)
    return svg(f"{title}: {spoken}", [grid_down(scale, height), rows], height=height + TICK_HEIGHT)


def matrix_chart(labels: Sequence[str], rates: FloatMatrix, compared: IntMatrix | FloatMatrix) -> SafeString:
    """Share of wins of the row's model over the column's, in per cent, with the number of comparisons below.

    Columns carry the number of the row with the same model. A cell keeps its width, so that many models scroll.
    """
    size = len(labels)
    row_height = NAME_HEIGHT + CELL_HEIGHT
    heads = format_html_join(
        "",
        '<text class="tick" x="{}" y="15" text-anchor="middle">{}</text>',
        ((CELL_WIDTH * j + CELL_WIDTH // 2, j + 1) for j in range(size)),
    )
    names = format_html_join(
        "",
        '<text class="label" x="0" y="{}">{}. {}</text>',
        ((HEAD_HEIGHT + row_height * i + 18, i + 1, short(label)) for i, label in enumerate(labels)),
    )
    cells = [
        _cell(CELL_WIDTH * j, HEAD_HEIGHT + row_height * i + NAME_HEIGHT, float(rates[i, j]), int(compared[i, j]))
        for i in range(size)
        for j in range(size)
    ]
    title = _("Win rates between every two models; the table below has the same numbers.")
    width, height = max(CELL_WIDTH * size, LEAST_WIDTH), HEAD_HEIGHT + row_height * size
    return svg(title, [heads, names, *cells], width=width, height=height)


def _cell(x: int, y: int, rate: float, compared: int) -> SafeString:
    """Its tint says who wins and how clearly, at most a third opaque so that the figures stay readable."""
    place = (x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2)
    if isnan(rate):
        return format_html('<rect class="unmet" x="{}" y="{}" width="{}" height="{}" rx="4"/>', *place)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="4" fill-opacity="{}"/>'
        '<text class="share" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="count" x="{}" y="{}" text-anchor="middle">{}</text>',
        "heat-win" if rate >= 0.5 else "heat-loss",
        *(*place, f"{0.03 + 0.6 * abs(rate - 0.5):.2f}"),
        *(x + CELL_WIDTH // 2, y + 18, f"{100 * rate:.0f}"),
        *(x + CELL_WIDTH // 2, y + 33, compared),
    )
