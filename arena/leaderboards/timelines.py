"""Pictures over time: ratings of published boards, and votes a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from arena.leaderboards.svg import Scale, grid_across, short, svg

TOP = 20
HEIGHT = 220
DATES_HEIGHT = 26
KEY_HEIGHT = 24
# Where lines end, in per cent: their numbers stand beside it.
LINE_WIDTH = 92.0
LETTER_HEIGHT = 16.0
# As many as can be told apart by colour and dash.
MOST_LINES = 8
# A first day alone would be one bar as wide as the page.
LEAST_DAYS = timedelta(days=13)


@dataclass(frozen=True)
class Line:
    """The ratings of one model, in the order of time."""

    label: str
    points: Sequence[tuple[datetime, float]]


def ratings_chart(lines: Sequence[Line]) -> SafeString:
    """One line a model, each with a number at its end that the key below explains. At least one point in all."""
    times = [at for line in lines for at, _rating in line.points]
    values = [rating for line in lines for _at, rating in line.points]
    first, last = min(times), max(times)
    scale = Scale(min(values), max(values), most_ticks=4)

    def share(at: datetime) -> float:
        return (at - first) / (last - first) if last > first else 1.0

    def y(rating: float) -> float:
        return TOP + HEIGHT * (1 - scale.share(rating))

    ends = _apart([y(line.points[-1][1]) for line in lines])
    drawn = [_line(n, [(share(at), y(rating)) for at, rating in line.points]) for n, line in enumerate(lines)]
    numbers = format_html_join(
        "",
        '<text class="series-{0} number" x="100%" y="{1}" text-anchor="end">{0}</text>',
        ((n + 1, f"{end + 5:.1f}") for n, end in enumerate(ends)),
    )
    below = TOP + HEIGHT + DATES_HEIGHT
    title = _("Ratings over time; the table below has the same numbers.")
    parts = [grid_across(scale, TOP, HEIGHT), *drawn, numbers, _dates(first.date(), last.date(), LINE_WIDTH)]
    return svg(title, [*parts, _key(lines, below)], height=below + KEY_HEIGHT * len(lines) + 8)


def votes_chart(votes: Mapping[date, int]) -> SafeString:
    """One bar a day, days without a vote left empty. At least one day has votes; two weeks are drawn at least."""
    last = max(votes)
    first = min(min(votes), last - LEAST_DAYS)
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    scale = Scale(0, max(votes.values()), most_ticks=4)
    slot = 100 / len(days)
    bars = format_html_join(
        "",
        '<rect class="bar" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>',
        (
            (
                *(f"{slot * (n + 0.1):.3f}%", f"{TOP + HEIGHT * (1 - scale.share(number)):.1f}"),
                *(f"{0.8 * slot:.3f}%", f"{HEIGHT * scale.share(number):.1f}"),
                *(_day(day), number),
            )
            for n, day in enumerate(days)
            if (number := votes.get(day, 0))
        ),
    )
    title = _("Votes a day from %(first)s to %(last)s; the table below has the same numbers.")
    said = title % {"first": date_format(first), "last": date_format(last)}
    parts = [grid_across(scale, TOP, HEIGHT), bars, _dates(first, last, 100)]
    return svg(said, parts, height=TOP + HEIGHT + DATES_HEIGHT)


def _line(number: int, points: Sequence[tuple[float, float]]) -> SafeString:
    """`points` are a share of the width and pixels from the top."""
    path = " ".join(f"{1000 * x:.1f},{y:.1f}" for x, y in points)
    # Stretched to the width; the stroke is not, by its class.
    line = format_html(
        '<svg x="0" y="0" width="{}%" height="{}" viewBox="0 0 1000 {}" preserveAspectRatio="none">'
        '<polyline class="series-{} line" points="{}"/></svg>',
        *(LINE_WIDTH, TOP + HEIGHT, TOP + HEIGHT, number + 1, path),
    )
    x, y = points[-1]
    place = (f"{LINE_WIDTH * x:.2f}%", f"{y:.1f}")
    dot = format_html('<circle class="series-{} end" cx="{}" cy="{}" r="4"/>', number + 1, *place)
    return line + dot


def _key(lines: Sequence[Line], top: int) -> SafeString:
    """A sample of each line with its number, and the model's name."""
    return format_html_join(
        "",
        '<g class="key"><line class="series-{0} line" x1="0" x2="34" y1="{1}" y2="{1}"/>'
        '<text class="label" x="0" y="{2}" dx="44">{0}. {3}</text></g>',
        (
            (n + 1, top + KEY_HEIGHT * n + 14, top + KEY_HEIGHT * n + 19, short(line.label))
            for n, line in enumerate(lines)
        ),
    )


def _dates(first: date, last: date, width: float) -> SafeString:
    """The first and the last day, below the ends of what is drawn; one day stands below where it is drawn."""
    y = TOP + HEIGHT + 20
    end = format_html('<text class="tick" x="{}%" y="{}" text-anchor="end">{}</text>', width, y, _day(last))
    if first == last:
        return end
    return format_html('<text class="tick" x="0" y="{}">{}</text>', y, _day(first)) + end


def _day(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")


def _apart(places: Sequence[float]) -> list[float]:
    """The same places down the picture, moved as little as keeps two numbers from lying on each other."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for above, below in pairwise(order):
        moved[below] = max(moved[below], moved[above] + LETTER_HEIGHT)
    # What was pushed out at the foot comes back from below.
    limit = float(TOP + HEIGHT)
    for place in reversed(order):
        moved[place] = min(moved[place], limit)
        limit = moved[place] - LETTER_HEIGHT
    return moved
