"""Charts as inline SVG, made on the server: no script, no third party, no style attribute.

Colours are the page's: everything is drawn in `currentColor` or by class, so that it follows dark mode. Charts are
left to right in every language, as numbers are; what they show stands beside them as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isnan

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from arena.ranking.counts import FloatMatrix, IntMatrix

LABEL_WIDTH = 210
PLOT_WIDTH = 420
ROW_HEIGHT = 34
CELL_WIDTH = 58
CELL_HEIGHT = 44
LABEL_LETTERS = 24


@dataclass(frozen=True)
class Interval:
    label: str
    rating: float
    lower: float
    upper: float


def interval_chart(intervals: Sequence[Interval]) -> SafeString:
    """One row a model: its rating as a dot, its 95 % interval as a line."""
    low, high = min(i.lower for i in intervals), max(i.upper for i in intervals)
    step = _tick_step(high - low)
    first, last = floor(low / step) * step, ceil(high / step) * step
    scale = PLOT_WIDTH / (last - first)

    def x(rating: float) -> str:
        return f"{LABEL_WIDTH + (rating - first) * scale:.1f}"

    height = ROW_HEIGHT * len(intervals)
    ticks = format_html_join(
        "",
        '<line class="chart-grid" x1="{0}" x2="{0}" y1="0" y2="{1}" stroke="currentColor" stroke-opacity=".15"/>'
        '<text class="chart-tick" x="{0}" y="{2}" text-anchor="middle" fill="currentColor">{3}</text>',
        ((x(tick), height, height + 18, tick) for tick in range(first, last + 1, step)),
    )
    rows = format_html_join(
        "",
        '<text class="chart-label" x="0" y="{1}" fill="currentColor">{0}</text>'
        '<line class="chart-interval" x1="{3}" x2="{4}" y1="{2}" y2="{2}" stroke="currentColor" stroke-width="2"/>'
        '<circle class="chart-rating" cx="{5}" cy="{2}" r="5" fill="currentColor"/>',
        (
            (_short(i.label), ROW_HEIGHT * n + 22, ROW_HEIGHT * n + 17, x(i.lower), x(i.upper), x(i.rating))
            for n, i in enumerate(intervals)
        ),
    )
    spoken = "; ".join(f"{i.label} {i.rating:.0f} ({i.lower:.0f}–{i.upper:.0f})" for i in intervals)
    title = _("Ratings with their 95 %% intervals: %(ratings)s") % {"ratings": spoken}
    return _svg(title, LABEL_WIDTH + PLOT_WIDTH + 20, height + 26, ticks + rows)


def matrix_chart(labels: Sequence[str], rates: FloatMatrix, compared: IntMatrix) -> SafeString:
    """Share of wins of the row's model over the column's, in per cent, with the number of comparisons below.

    Columns carry the number of the row with the same model.
    """
    size = len(labels)
    head = format_html_join(
        "",
        '<text class="chart-tick" x="{}" y="18" text-anchor="middle" fill="currentColor">{}</text>',
        ((LABEL_WIDTH + CELL_WIDTH * j + CELL_WIDTH // 2, j + 1) for j in range(size)),
    )
    names = format_html_join(
        "",
        '<text class="chart-label" x="0" y="{}" fill="currentColor">{}. {}</text>',
        ((26 + CELL_HEIGHT * i + 26, i + 1, _short(label)) for i, label in enumerate(labels)),
    )
    met = [(i, j) for i in range(size) for j in range(size) if not isnan(rates[i, j])]
    drawn = (_cell(i, j, float(rates[i, j]), int(compared[i, j])) for i, j in met)
    cells = format_html_join("", "{}", ((cell,) for cell in drawn))
    title = _("Win rates between every two models; the table below has the same numbers.")
    return _svg(title, LABEL_WIDTH + CELL_WIDTH * size, 26 + CELL_HEIGHT * size, head + names + cells)


def _cell(row: int, column: int, rate: float, compared: int) -> SafeString:
    """Its tint says who wins and how clearly, at most a third opaque so that the figures stay readable."""
    x, y = LABEL_WIDTH + CELL_WIDTH * column, 26 + CELL_HEIGHT * row
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="4" fill="currentColor" fill-opacity="{}"/>'
        '<text class="chart-share" x="{}" y="{}" text-anchor="middle" fill="currentColor">{}</text>'
        '<text class="chart-count" x="{}" y="{}" text-anchor="middle" fill="currentColor">{}</text>',
        "heat-win" if rate >= 0.5 else "heat-loss",
        *(x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, f"{0.03 + 0.6 * abs(rate - 0.5):.2f}"),
        *(x + CELL_WIDTH // 2, y + 20, f"{100 * rate:.0f}"),
        *(x + CELL_WIDTH // 2, y + 36, compared),
    )


def _svg(title: str, width: int, height: int, content: SafeString) -> SafeString:
    return format_html(
        '<svg role="img" aria-label="{}" direction="ltr" font-size="14" width="{}" height="{}" viewBox="0 0 {} {}">'
        "{}</svg>",
        *(title, width, height, width, height, content),
    )


def _tick_step(span: float) -> int:
    """A round step that makes three to eight ticks."""
    return next((step for step in (5, 10, 20, 50, 100, 200, 500) if span / step <= 6), 1000)


def _short(label: str) -> str:
    return label if len(label) <= LABEL_LETTERS else f"{label[: LABEL_LETTERS - 1]}…"
