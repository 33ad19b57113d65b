"""Print the board: `python manage.py leaderboard`, or `--votes PATH` to compute it again from an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.datasets.tables import read_rows
from arena.datasets.votes import counts_of
from arena.leaderboards.compute import board
from arena.leaderboards.files import board_file
from arena.leaderboards.reasons import warning_text, why_provisional
from arena.ranking.board import Board, Row, board_of


class Command(BaseCommand):
    help = "Print the leaderboard."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simulated", action="store_true", help="With the votes of simulated voters.")
        parser.add_argument(
            "--format", choices=["table", "json", "csv"], default="table", help="How it is printed; table by default."
        )
        parser.add_argument(
            "--votes",
            type=Path,
            help="Compute it from these votes instead: the site's votes.json or votes.parquet, or the folder that "
            "export_preferences --format votes has made, or a file in it.",
        )

    def handle(self, **options: Any) -> None:
        current = _board_from(options["votes"]) if options["votes"] else board(simulated=options["simulated"])
        if options["format"] == "table":
            self.stdout.write(_table(current))
        else:
            self.stdout.write(board_file(current, options["format"]).decode())


def _board_from(path: Path) -> Board:
    try:
        counts = counts_of(read_rows(path / "votes.jsonl" if path.is_dir() else path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} could not be read as an export of votes: {error}", returncode=2) from error
    return board_of(counts, minimum=settings.MINIMUM_VOTES)


def _table(current: Board) -> str:
    width = max([len(row.model) for row in current.rows] + [5])
    head = f"{'rank':>4}  {'model':{width}}  {'rating':>6}  {'95 %':>11}  {'votes':>6}"
    ranked = [_line(row, width) for row in current.ranked()]
    provisional = [f"{'–':>4}  {row.model:{width}}  {why_provisional(row)}" for row in current.provisional()]
    foot = f"{current.counts.total()} votes, counts {current.hash[:16]}"
    return "\n".join([head, *ranked, *provisional, *map(warning_text, current.warnings), foot])


def _line(row: Row, width: int) -> str:
    interval = f"{row.lower:.0f}–{row.upper:.0f}"
    return f"{row.rank:>4}  {row.model:{width}}  {row.rating:>6.0f}  {interval:>11}  {row.votes:>6}"
