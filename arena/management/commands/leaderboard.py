"""Print the board: `python manage.py leaderboard`; with `--votes FILE` that of a file, without site or database."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.datasets.files import UnreadableFile
from arena.datasets.imports import AUTO, NAMES, read_votes
from arena.leaderboards.boards import OVERALL, known_boards
from arena.leaderboards.columns import votes_now
from arena.leaderboards.compute import ballots_of
from arena.leaderboards.files import board_file, boards_file
from arena.leaderboards.reasons import warning_text, why_provisional
from arena.ranking.ballots import Ballots
from arena.ranking.board import Board, Row, board_of
from arena.ranking.counts import Counts
from arena.ranking.methods import BRADLEY_TERRY, ELO, METHODS
from arena.ranking.slices import boards_of_slices

# Each with the votes of its slice.
Slices = Mapping[str, Ballots]


def _anchor(text: str) -> tuple[str, float]:
    model, equals, rating = text.rpartition("=")
    try:
        value = float(rating)
    except ValueError:
        value = float("nan")
    if not (model and equals and isfinite(value)):
        raise ArgumentTypeError(f"{text!r} is no anchor; write it as MODEL=RATING, such as latxa-8b=1000")
    return model, value


class Command(BaseCommand):
    help = "Print the leaderboard of this site, or of votes in a file."
    # A file of votes needs nothing of the site.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simulated", action="store_true", help="With this site's simulated voters' votes.")
        parser.add_argument(
            "--votes",
            type=Path,
            metavar="FILE",
            help="Votes as CSV, TSV, JSON, JSON Lines or Parquet, or the folder of an export; else this site's.",
        )
        parser.add_argument("--schema", choices=NAMES, default=AUTO, help="Whose columns FILE has.")
        parser.add_argument(
            "--method", choices=METHODS, default=BRADLEY_TERRY, help="How models are rated; bradley-terry by default."
        )
        parser.add_argument(
            "--intervals",
            choices=["voter", "iid", "bootstrap"],
            default="voter",
            help="Whose chance the intervals allow for: of voters (by default), of votes, or of votes by resampling.",
        )
        parser.add_argument("--by", choices=["language", "variety", "category"], help="Also a board for each of them.")
        parser.add_argument("--style", action="store_true", help="Hold length, headers, lists, bold and side still.")
        parser.add_argument(
            "--weights", choices=["inverse-propensity"], help="Weigh votes by how unlikely their draw was."
        )
        parser.add_argument("--anchor", type=_anchor, metavar="MODEL=RATING", help="The rating of a model, for scale.")
        parser.add_argument(
            "--format",
            choices=["table", "json", "csv", "parquet"],
            default="table",
            help="How it is printed or written; table by default.",
        )
        parser.add_argument("--out", type=Path, metavar="FILE", help="Write it there: whole, or not at all.")

    def handle(self, **options: Any) -> None:
        try:
            votes, slices = _from_file(options) if options["votes"] else _from_site(options)
            board, boards = _boards(votes, slices, options)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        content = _content(board, boards, options["by"], options["format"])
        if options["out"]:
            _write(options["out"], content)
        elif options["format"] == "parquet":
            raise CommandError("Parquet is no text; name a file with --out.", returncode=2)
        else:
            self.stdout.write(content.decode())


def _from_file(options: Mapping[str, Any]) -> tuple[Ballots | Counts, Slices]:
    by = options["by"]
    read = read_votes(
        options["votes"],
        schema=options["schema"],
        by=by,
        style=options["style"],
        weighted=options["weights"] is not None,
    )
    if read.slices is None or isinstance(read.votes, Counts):
        return read.votes, {}
    return read.votes, {value: read.votes.take(read.slices == value) for value in sorted({*read.slices} - {""})}


def _from_site(options: Mapping[str, Any]) -> tuple[Ballots, Slices]:
    if options["style"] or options["weights"]:
        raise UnreadableFile("--style and --weights need a file of votes: --votes FILE")
    votes, simulated = votes_now(), options["simulated"]

    def ballots(board: str) -> Ballots:
        return ballots_of(votes, board, simulated=simulated, excluded=False)

    by = f"{options['by']}:"
    return ballots(OVERALL), {name.removeprefix(by): ballots(name) for name in known_boards() if name.startswith(by)}


def _boards(votes: Ballots | Counts, slices: Slices, options: Mapping[str, Any]) -> tuple[Board, dict[str, Board]]:
    """The board, and those of its slices, which lean on it."""
    minimum, method = settings.MINIMUM_VOTES, options["method"]
    board = board_of(
        votes,
        minimum=minimum,
        method=method,
        intervals=options["intervals"],
        anchor=options["anchor"],
        style=options["style"],
    )
    if method == ELO:
        return board, {value: board_of(some, minimum=minimum, method=ELO) for value, some in slices.items()}
    return board, boards_of_slices(slices, minimum=minimum, parent=board)


def _content(board: Board, boards: Mapping[str, Board], by: str | None, format: str) -> bytes:  # noqa: A002
    if format != "table":
        return boards_file(board, boards, by, format) if by else board_file(board, format)
    tables = [_table(board), *(f"{by}: {value}\n{_table(one)}" for value, one in boards.items())]
    return "\n\n".join(tables).encode()


def _write(out: Path, content: bytes) -> None:
    """Under another name beside it first: what stands there is never half of it."""
    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CommandError(f"{out} could not be written: {error.strerror or error}", returncode=2) from error


def _table(board: Board) -> str:
    width = max([len(row.model) for row in board.rows] + [5])
    head = f"{'rank':>4}  {'model':{width}}  {'rating':>6}  {'95 %':>11}  {'ranks':>7}  {'votes':>7}"
    ranked = [_line(row, width) for row in board.ranked()]
    provisional = [f"{'–':>4}  {row.model:{width}}  {why_provisional(row)}" for row in board.provisional()]
    foot = f"{board.counts.total():g} votes, {board.method}, intervals: {board.intervals}, counts {board.hash[:16]}"
    return "\n".join([head, *ranked, *provisional, *map(warning_text, board.warnings), foot])


def _line(row: Row, width: int) -> str:
    interval = "" if row.lower is None else f"{row.lower:.0f}–{row.upper:.0f}"
    ranks = "" if row.rank_lower is None else f"{row.rank_lower}–{row.rank_upper}"
    return f"{row.rank:>4}  {row.model:{width}}  {row.rating:>6.0f}  {interval:>11}  {ranks:>7}  {row.votes:>7g}"
