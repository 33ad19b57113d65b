"""Leads one training run from the export of its votes to the child in the arena, and writes down how it ended.

Each step leaves something behind that tells it is finished, so that a run that was taken up or retried goes on
after it: the run's preference set (as long as none of its votes has been withdrawn), the folder `adapter`, the
gate's figures in the run's row.
"""

from __future__ import annotations

import errno
import logging
import traceback
import uuid

from django.utils.translation import gettext as _

from arena.errors import Refused
from arena.models import Vote
from training.entering import enter_arena
from training.lease import CancelAsked, Lease, LeaseLost, take_lease
from training.models import PreferenceSet, TrainingRun
from training.steps import RunFailed, WorkerStopping, disk_full, export_pairs, judge_child, train_child

logger = logging.getLogger(__name__)

State = TrainingRun.State


def supervise(run_id: uuid.UUID) -> None:
    """Lead the run to its end, unless another worker holds it or this machine trains already."""
    lease = take_lease(run_id)
    if lease is None:
        return
    run = TrainingRun.objects.select_related("parent__engine", "parent__base", "preference_set").get(pk=run_id)
    try:
        _lead(run, lease)
    except LeaseLost:
        logger.info("Run %s has passed to another worker", run_id)


def _lead(run: TrainingRun, lease: Lease) -> None:
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        _go_through_steps(run, lease)
    except CancelAsked:
        lease.end(State.CANCELLED)
    except WorkerStopping:
        lease.give_back()
    except (RunFailed, Refused) as failure:
        lease.end(State.FAILED, reason=str(failure))
    except LeaseLost:
        raise
    except Exception as error:
        logger.exception("Run %s failed", run.pk)
        lease.end(State.FAILED, reason=_sentence(error))
        with run.log.open("a") as log:
            traceback.print_exc(file=log)


def _go_through_steps(run: TrainingRun, lease: Lease) -> None:
    if not _still_stands(run.preference_set):
        export_pairs(run, lease)
    if not (run.folder / "adapter").exists():
        train_child(run, lease)
    if not run.gate:
        judge_child(run, lease)
    if run.gate["passed"]:
        enter_arena(run, lease)
    else:
        lease.end(State.REFUSED, reason=_("The gate refused the child; its figures say why."))


def _still_stands(preference_set: PreferenceSet | None) -> bool:
    """Whether there is an export, and none of its votes has been withdrawn since."""
    if preference_set is None:
        return False
    return not Vote.objects.filter(pk__in=preference_set.manifest["votes"]).exclude(withdrawn_at=None).exists()


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return disk_full()
    return _("Something unexpected happened (%(kind)s); the end of the log has its trace.") % {
        "kind": type(error).__name__
    }
