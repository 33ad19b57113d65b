from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from arena.doctor import examine

STYLES = {"ok": "SUCCESS", "warning": "WARNING", "error": "ERROR"}


class Command(BaseCommand):
    help = (
        "Examine the site: settings, folders, disk, database, broker, worker, engines, adapters, translations, static "
        "files. Says what to do about each fault; the exit code is 1 where something must be done."
    )
    # The examination runs them itself and goes on after a fault.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(examine())
        for finding in findings:
            level = getattr(self.style, STYLES[finding.level])(f"{finding.level:7}")
            self.stdout.write(f"{level} {finding.part}: {finding.says}")
            if finding.hint:
                self.stdout.write(f"        {finding.hint}")
        if any(finding.level == "error" for finding in findings):
            sys.exit(1)
