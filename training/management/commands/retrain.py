"""Start a training run on a contestant: `python manage.py retrain --model NAME --wait`."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.errors import Refused
from serving.models import LanguageModel
from training.loop import start_run
from training.models import TrainingRun
from training.pictures import check_rows

State = TrainingRun.State


class Command(BaseCommand):
    help = "Train a child of a contestant on the votes about it; a running worker does the work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--model", required=True, help="The contestant's name.")
        parser.add_argument("--simulated", action="store_true", help="With the votes of simulated voters.")
        parser.add_argument("--wait", action="store_true", help="Follow the run; the exit status is 1 if it fails.")

    def handle(self, **options: Any) -> None:
        parent = LanguageModel.objects.filter(name=options["model"]).first()
        if parent is None:
            raise CommandError(f"There is no contestant called {options['model']}.", returncode=2)
        try:
            run = start_run(parent=parent, started_by=None, simulated=options["simulated"])
        except Refused as refusal:
            raise CommandError(refusal.message, returncode=2) from refusal
        self.stdout.write(f"Run {run.pk} is waiting for the worker.")
        if options["wait"]:
            self._follow(run)

    def _follow(self, run: TrainingRun) -> None:
        shown = ""
        while run.state in {State.QUEUED, State.RUNNING}:
            time.sleep(1)
            run.refresh_from_db()
            if (line := _line(run)) != shown:
                shown = line
                self._show(line)
        self.stdout.write("")
        for row in check_rows(run.gate):
            figures = f"parent {row['parent']}, child {row['child']}, change {row['value']} ({row['limit']})"
            self.stdout.write(f"  {row['verdict']}: {row['label']}: {figures}")
        if run.state != State.ENTERED or run.child is None:
            raise CommandError(run.reason or f"The run was {run.get_state_display()}.")
        self.stdout.write(f"{run.child.name} has entered the arena.")

    def _show(self, line: str) -> None:
        if sys.stdout.isatty():
            self.stdout.write(f"\r{line:<78}", ending="")
            self.stdout.flush()
        else:
            self.stdout.write(line)


def _line(run: TrainingRun) -> str:
    """Where the run is, such as "training 12/40, loss 0.61, 20 s left"."""
    if run.state == State.QUEUED:
        return "waiting for the worker"
    parts = [TrainingRun.Stage(run.stage).label if run.stage else "starting"]
    progress = run.progress
    if progress.get("steps"):
        parts[0] += f" {progress['step']}/{progress['steps']}"
    if progress.get("loss") is not None:
        parts.append(f"loss {progress['loss']:.3f}")
    if progress.get("seconds_left") is not None:
        parts.append(f"{progress['seconds_left']:.0f} s left")
    return ", ".join(str(part) for part in parts)
