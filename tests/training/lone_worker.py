"""A worker in a process of its own, to be killed: leads one run on the test's database.

python -m tests.training.lone_worker DATABASE VAR BEHAVIOUR RUN
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django


def main(database: str, var: str, behaviour: str, run: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "arena.settings"
    django.setup()
    from django.conf import settings

    from training import program
    from training.tasks import run_training

    settings.DATABASES["default"]["NAME"] = database
    settings.VAR_DIR = Path(var)
    settings.TRAINING_MINIMUM_PAIRS = 2
    program.COMMAND = [sys.executable, "-m", "tests.training.stand_in_program", behaviour]
    run_training(run)


if __name__ == "__main__":
    main(*sys.argv[1:])
