"""Export votes as a data set: `python manage.py export_preferences --format dpo --out pairs/`."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.datasets.preferences import FORMATS, export_preferences
from arena.errors import Refused


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no day; write it as 2026-11-20") from error


class Command(BaseCommand):
    help = "Export preference pairs (dpo), judged answers (kto) or votes as Parquet and JSON Lines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=FORMATS, required=True, help="Pairs, judged answers, or the votes.")
        parser.add_argument("--out", type=Path, required=True, help="A new folder.")
        parser.add_argument("--model", help="Only battles in which this model fought.")
        parser.add_argument("--since", type=_day, help="Only votes of this day or later, such as 2026-11-20.")
        parser.add_argument("--simulated", action="store_true", help="With the votes of simulated voters.")

    def handle(self, **options: Any) -> None:
        wanted = {name: options[name] for name in ("format", "out", "model", "since", "simulated")}
        try:
            manifest = export_preferences(**wanted)
        except Refused as refusal:
            raise CommandError(refusal.message, returncode=2) from refusal
        left_out = ", ".join(f"{reason} {number}" for reason, number in manifest.left_out.items()) or "nothing"
        self.stdout.write(f"{manifest.pairs} rows of {len(manifest.votes)} votes in {options['out']}")
        self.stdout.write(f"left out: {left_out}")
        self.stdout.write(f"hash: {manifest.hash}")
