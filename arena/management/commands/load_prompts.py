from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arena.prompt_bank import PromptFileError, load_prompts


class Command(BaseCommand):
    help = (
        "Load a JSON Lines file of prompts into the bank: text, category, difficulty (easy, medium, hard), held_out "
        "(never trained on), and language (a BCP-47 tag, eu where it is missing). May be run as often as you like."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="such as fixtures/demo/prompts.jsonl")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            loaded = load_prompts(file)
        except PromptFileError as error:
            raise CommandError(str(error), returncode=2) from error
        if options["verbosity"]:
            self.stdout.write(f"{loaded.new} new prompts, {loaded.known} known.")
