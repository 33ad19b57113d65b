"""The jobs of the training room. They take ids and may run twice: the run's row and its lease are the truth."""

from __future__ import annotations

import uuid
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from training.lease import sweep_leases
from training.models import TrainingRun
from training.steps import STOPPING
from training.supervise import supervise


@shared_task
def run_training(run_id: str) -> None:
    """Lead a queued run to its end; returns quietly where it is not this worker's to lead."""
    supervise(uuid.UUID(run_id))


@shared_task
def sweep_runs() -> None:
    """Take runs from silent workers, and send the one that has waited longest (its message may be lost)."""
    sweep_leases()
    waiting = TrainingRun.objects.filter(state=TrainingRun.State.QUEUED).order_by("created_at").first()
    if waiting is not None:
        run_training.delay(str(waiting.pk))


@worker_shutting_down.connect
def stop_supervising(**_kwargs: Any) -> None:
    """Let the worker end within seconds: its runs go back to the queue."""
    STOPPING.set()
