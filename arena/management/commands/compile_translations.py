"""Compile the translations of the interface: `python manage.py compile_translations`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from arena.translations import read_catalogue, write_compiled


class Command(BaseCommand):
    help = "Compile every .po file of the interface. Needs no other program, unlike compilemessages."

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for source in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                entries = read_catalogue(source)
                write_compiled(entries, source.with_suffix(".mo"))
                done = sum(entry.translated for entry in entries)
                if options["verbosity"]:
                    self.stdout.write(f"{source.parent.parent.name}: {done} of {len(entries)} messages")
