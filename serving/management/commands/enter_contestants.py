from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from serving.contestants import ContestantsError, enter_contestants, read_contestants


class Command(BaseCommand):
    help = (
        "Enter the engines and models of a contestants file (TOML). May be run as often as you like: what is there is "
        "brought up to date, and a model that was retired stays retired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the contestants file; its paths are relative to itself")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            models = enter_contestants(read_contestants(file))
        except ContestantsError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"{len(models)} contestants entered: {', '.join(model.name for model in models)}.")
