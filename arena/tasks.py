"""The arena's regular jobs. Each may run twice, or not at all for a while, without harm."""

from __future__ import annotations

import logging
import socket
import uuid
from typing import Any

from celery import shared_task
from django.utils import timezone

from arena.battles.answers import fail_stale
from arena.battles.idle import abandon_idle
from arena.datasets import exports
from arena.leaderboards import audit
from arena.leaderboards.published import publish_changed
from arena.leaderboards.recount import miscounted
from arena.models import WorkerBeat

logger = logging.getLogger(__name__)


@shared_task
def end_stale_answers() -> None:
    """Fail answers whose process is gone, and end battles that were left."""
    failed, abandoned = fail_stale(), abandon_idle()
    if failed or abandoned:
        logger.info("Failed %d stale answers, ended %d abandoned battles.", failed, abandoned)


@shared_task
def publish_leaderboard() -> None:
    """Publish the people's boards whose votes have changed."""
    for published in publish_changed():
        logger.info("Published %s, %d votes.", published, published.votes)


@shared_task
def audit_sampling() -> None:
    """Log the figures of the draw, and loudly where they or the counts are wrong."""
    found = audit.audit_sampling()
    logger.info("Sampler: %s; sides: %s", found.pairs, found.sides)
    if not found.pairs_fair:
        logger.error("Pairs are not drawn with their stored probabilities: %s", found.pairs)
    for side in found.unfair_sides:
        logger.error("A model is on one side too often: %s", side)
    for cell, (kept, counted) in miscounted().items():
        logger.error("Counts of %s differ from its votes: kept %d, counted %d", cell, kept, counted)


@shared_task(bind=True)
def beat(self: Any) -> None:
    """Note that this worker is alive."""
    worker = self.request.hostname or socket.gethostname()
    WorkerBeat.objects.update_or_create(worker=worker, defaults={"at": timezone.now()})


@shared_task
def write_export(export_id: str) -> None:
    """Write the export, unless another worker has begun to."""
    exports.write_export(uuid.UUID(export_id))


def send_export(export_id: uuid.UUID) -> None:
    """Ask a worker to write the export."""
    write_export.delay(str(export_id))


@shared_task
def sweep_exports() -> None:
    """Fail what its worker has left, remove what is old; a message that got lost is sent again."""
    exports.sweep_exports(send_export)
