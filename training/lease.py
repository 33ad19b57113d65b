"""The lease on a training run: who supervises it, and until when without a sign of life.

A worker holds a run only as long as it renews the lease. Every change of a run that is under way goes through
`Lease`, whose updates touch no row that has passed to somebody else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from training.models import TrainingRun

logger = logging.getLogger(__name__)

MAXIMUM_ATTEMPTS = 3


class LeaseLost(Exception):
    """The run has passed to another worker, or was ended by one: leave it alone."""


class CancelAsked(Exception):
    """Somebody asked for the run to be cancelled."""


@dataclass(frozen=True)
class Lease:
    """A hold on one run. `worker` is unique to this hold, not only to the process."""

    run_id: uuid.UUID
    worker: str

    def renew(self, **changes: Any) -> None:
        """Write `changes` and stay in charge. Raises CancelAsked or LeaseLost, and then has changed nothing."""
        held = TrainingRun.objects.filter(pk=self.run_id, worker=self.worker, state=TrainingRun.State.RUNNING)
        if held.filter(cancel_asked=False).update(leased_until=_expiry(), **changes):
            return
        raise CancelAsked if held.exists() else LeaseLost

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Renew in the background during one long call. What ends the lease meanwhile is met at the next `renew`."""
        done = threading.Event()
        keeper = threading.Thread(target=self._keep, args=[done], name=f"lease of {self.run_id}", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()

    def _keep(self, done: threading.Event) -> None:
        try:
            while not done.wait(settings.TRAINING_LEASE_SECONDS / 3):
                self.renew()
        except (CancelAsked, LeaseLost) as end:
            logger.info("The lease of %s ends during a call: %s", self.run_id, type(end).__name__)
        finally:
            connection.close()

    def end(self, state: TrainingRun.State, **changes: Any) -> None:
        """Move the run to a final state and let go of it. Raises LeaseLost where it is no longer held."""
        self._let_go(state=state, finished_at=timezone.now(), **changes)

    def give_back(self) -> None:
        """Let another worker go on with the run: this one is being stopped, and that is no fault of the run."""
        self._let_go(state=TrainingRun.State.QUEUED, attempt=F("attempt") - 1)

    def _let_go(self, **changes: Any) -> None:
        held = TrainingRun.objects.filter(pk=self.run_id, worker=self.worker, state=TrainingRun.State.RUNNING)
        if not held.update(worker="", leased_until=None, **changes):
            raise LeaseLost


def take_lease(run_id: uuid.UUID) -> Lease | None:
    """Begin to supervise a queued run; None where it is not queued or this machine trains enough already."""
    host = f"{socket.gethostname()}:"
    with transaction.atomic():
        # Locks every open run, so that two workers of one machine cannot each find it idle.
        unfinished = list(TrainingRun.objects.unfinished().select_for_update().order_by("pk"))
        underway = [run for run in unfinished if run.worker.startswith(host)]
        if len(underway) >= settings.TRAINING_AT_ONCE:
            return None
        lease = Lease(run_id, f"{host}{os.getpid()}:{uuid.uuid4().hex[:8]}")
        taken = TrainingRun.objects.filter(pk=run_id, state=TrainingRun.State.QUEUED).update(
            state=TrainingRun.State.RUNNING, worker=lease.worker, leased_until=_expiry(), attempt=F("attempt") + 1
        )
        return lease if taken else None


def sweep_leases() -> None:
    """Take runs from workers that have gone silent: cancelled, queued again, or failed after the last attempt."""
    silent = TrainingRun.objects.filter(state=TrainingRun.State.RUNNING, leased_until__lt=timezone.now())
    over = {"worker": "", "leased_until": None, "finished_at": timezone.now()}
    silent.filter(cancel_asked=True).update(state=TrainingRun.State.CANCELLED, **over)
    silent.filter(attempt__gte=MAXIMUM_ATTEMPTS).update(
        state=TrainingRun.State.FAILED,
        reason=_("The worker that supervised this run went away %(times)d times.") % {"times": MAXIMUM_ATTEMPTS},
        **over,
    )
    silent.update(state=TrainingRun.State.QUEUED, worker="", leased_until=None)


def _expiry() -> datetime:
    return timezone.now() + timedelta(seconds=settings.TRAINING_LEASE_SECONDS)
