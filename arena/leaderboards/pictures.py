"""What a board's page shows: each picture with the table behind it, or a sentence where nothing is known yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.leaderboards.charts import Interval, interval_chart, matrix_chart
from arena.leaderboards.lines import percent
from arena.leaderboards.timelines import MOST_LINES, Line, ratings_chart, votes_chart
from arena.leaderboards.titles import board_title
from arena.models import Leaderboard, Standing
from arena.models.battles import Axis
from arena.ranking.board import Board

# How far back pictures over time look.
DAYS = 90

Titles = Mapping[str, str]


@dataclass(frozen=True)
class Picture:
    """`chart` is None where nothing is known yet; `caption` then says why. Each row of the table begins with a name."""

    title: str
    caption: str
    chart: SafeString | None = None
    head: Sequence[str] = ()
    rows: Sequence[tuple[str, Sequence[str]]] = field(default_factory=list)


def rating_intervals(board: Board, titles: Titles) -> Picture | None:
    """The main table is the table behind it; None where nobody is ranked."""
    intervals = [
        Interval(titles[row.model], row.rating, row.lower, row.upper)
        for row in board.rows
        if row.rating is not None and row.lower is not None and row.upper is not None
    ]
    if not intervals:
        return None
    return Picture(
        title=_("How sure the ratings are"),
        caption=_(
            "Ratings with 95 % intervals. Where two intervals overlap widely, it is not known yet who is better."
        ),
        chart=interval_chart(intervals, title=_("Ratings with their 95 % intervals")),
    )


def win_rates(board: Board, titles: Titles) -> Picture:
    """Everybody who was compared, by rank."""
    title = _("Who beats whom")
    order = [row.model for row in board.rows if row.wins + row.losses + row.ties]
    if not order:
        return Picture(title, _("Not known yet: no two models have been compared."))
    places = [board.counts.models.index(name) for name in order]
    among = np.ix_(places, places)
    rates, compared = board.counts.win_rates()[among], board.counts.compared[among]
    labels = [titles[name] for name in order]
    cells = [
        [f"{percent(rate)} ({number:.0f})" if number else "–" for rate, number in zip(*row, strict=True)]
        for row in zip(rates.tolist(), compared.tolist(), strict=True)
    ]
    return Picture(
        title=title,
        caption=_(
            "How often the row's model wins over the column's, in per cent, a tie being half a win; below it, how many "
            "votes compared the two."
        ),
        chart=matrix_chart(labels, rates, compared),
        head=[_("Model"), *labels],
        rows=list(zip(labels, cells, strict=True)),
    )


def ratings_over_time(name: str, board: Board, titles: Titles) -> Picture:
    """Of the last published board of each day, for the models that are first now."""
    title = _("Ratings over time")
    days = _last_of_each_day(name)
    found: dict[str, list[tuple[datetime, float]]] = {}
    standings = Standing.objects.filter(leaderboard__in=days).order_by("leaderboard__number")
    for leaderboard, model, rating in standings.values_list("leaderboard", "model__name", "rating"):
        if rating is not None:
            found.setdefault(model, []).append((days[leaderboard], rating))
    lines = [Line(titles[row.model], found[row.model]) for row in board.rows if row.model in found]
    if not lines:
        return Picture(title, _("Not known yet: no board with a ranked model has been published."))
    caption = _("From the last published board of each day, people's votes alone.")
    if len(lines) > MOST_LINES:
        caption += " " + _("The %(most)d models that are first now; the table has all.") % {"most": MOST_LINES}
    return Picture(
        title=title,
        caption=caption,
        chart=ratings_chart(lines[:MOST_LINES]),
        head=[_("Day"), *(line.label for line in lines)],
        rows=[
            (date_format(at, "DATE_FORMAT"), [_rating_at(line, at) for line in lines])
            for at in sorted({at for line in lines for at, _rating in line.points}, reverse=True)
        ],
    )


def votes_a_day(per_day: Mapping[date, int]) -> Picture:
    """Of the last `DAYS` days with votes. Days are those of UTC, as in every export."""
    title = _("Votes a day")
    if not per_day:
        return Picture(title, _("There are no votes yet."))
    recent = {day: number for day, number in per_day.items() if day > max(per_day) - timedelta(DAYS)}
    caption = _("Days in UTC.")
    if len(recent) < len(per_day):
        caption = _("The last %(days)d days, in UTC.") % {"days": DAYS}
    return Picture(
        title=title,
        caption=caption,
        chart=votes_chart(recent),
        head=[_("Day"), _("Votes")],
        rows=[(date_format(day, "DATE_FORMAT"), [str(number)]) for day, number in sorted(recent.items(), reverse=True)],
    )


def voters_agreement(name: str) -> Picture:
    """Of this board and of every axis, as they were last published: judging it anew for each reader would be slow."""
    title = _("How far voters agree")
    found = [(board, known) for board in dict.fromkeys([name, *Axis.values]) if (known := _last_agreement(board))]
    if not found:
        return Picture(
            title,
            _(
                "Not known yet: some battles are shown to several voters, and too few of them had been judged twice "
                "when the board was published last. Agreement is the most that any rating can explain."
            ),
        )
    intervals = [
        Interval(board_title(board), known["alpha"], known["alpha_lower"], known["alpha_upper"])
        for board, known in found
    ]
    return Picture(
        title=title,
        caption=_(
            "Krippendorff's α with its 95 % interval, as last published: 1 is agreement in everything, 0 what chance "
            "alone would give. It is the most that any rating can explain."
        ),
        chart=interval_chart(intervals, title=_("Agreement between voters, Krippendorff's α"), decimals=2),
        head=[_("Board"), "α", _("95 % interval"), _("Same judgement"), _("Answers judged by several")],
        rows=[
            (
                board_title(board),
                [
                    f"{known['alpha']:.2f}".replace("-", "−"),
                    f"{known['alpha_lower']:.2f} – {known['alpha_upper']:.2f}".replace("-", "−"),
                    percent(known["raw"]),
                    str(known["units"]),
                ],
            )
            for board, known in found
        ],
    )


def _last_agreement(board: str) -> dict[str, float]:
    """Empty where nothing is published or nothing was known."""
    boards = Leaderboard.objects.filter(board=board, simulated=False, excluded=False)
    return boards.order_by("-number").values_list("agreement", flat=True).first() or {}


def _last_of_each_day(name: str) -> dict[int, datetime]:
    """Number in the database and time of the last board published on each day."""
    since = timezone.now() - timedelta(DAYS)
    boards = Leaderboard.objects.filter(board=name, simulated=False, excluded=False, published_at__gt=since)
    days = {at.date(): (pk, at) for pk, at in boards.order_by("number").values_list("pk", "published_at")}
    return dict(days.values())


def _rating_at(line: Line, at: datetime) -> str:
    return next((f"{rating:.0f}" for when, rating in line.points if when == at), "–")


def voters_text(votes: int, voters: int) -> str:
    """How much a board rests on."""
    return _("Computed from %(votes)s by %(voters)s.") % {
        "votes": ngettext("%(count)d blind vote", "%(count)d blind votes", votes) % {"count": votes},
        "voters": ngettext("%(count)d voter", "%(count)d voters", voters) % {"count": voters},
    }
