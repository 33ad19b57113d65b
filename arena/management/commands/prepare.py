from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from arena.doctor import stale_catalogues
from arena.people.organiser import USERNAME, first_password, make_first_organiser
from arena.prompt_bank import PromptFileError, load_prompts

PROMPTS = settings.BASE_DIR / "fixtures" / "demo" / "prompts.jsonl"


class Command(BaseCommand):
    help = (
        "Make the site ready to start: database tables, translations, static files, the prompt bank, and an "
        "organiser's account where there is none. May be run as often as you like."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if stale_catalogues():
            call_command("compile_translations", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._load_prompts()
        if make_first_organiser():
            self.stdout.write(f"Organiser's account: {USERNAME}, password {first_password()}")

    def _load_prompts(self) -> None:
        try:
            loaded = load_prompts(PROMPTS)
        except PromptFileError as error:
            raise CommandError(str(error)) from error
        if loaded.new:
            self.stdout.write(f"{loaded.new} prompts are in the bank.")
