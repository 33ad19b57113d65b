"""What people do with training runs: start one, cancel it, try it again. `supervise` leads it from there."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from arena.errors import Refused
from serving.models import LanguageModel
from training.models import TrainingRun
from training.stock import stock_of
from training.tasks import run_training


def start_run(*, parent: LanguageModel, started_by: User | None, simulated: bool) -> TrainingRun:
    """Queue a DPO run on the votes about `parent`. Raises Refused where it could not succeed, with the counts."""
    _check_weights(parent)
    pairs = stock_of(parent, simulated=simulated).pairs
    if pairs < settings.TRAINING_MINIMUM_PAIRS:
        message = ngettext(
            "There is %(pairs)d preference pair for this contestant; a run needs %(minimum)d.",
            "There are %(pairs)d preference pairs for this contestant; a run needs %(minimum)d.",
            pairs,
        )
        raise Refused("few_pairs", message % {"pairs": pairs, "minimum": settings.TRAINING_MINIMUM_PAIRS}, status=409)
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(parent=parent, started_by=started_by, simulated=simulated)
            _send(run)
    except IntegrityError as error:
        raise _already_open() from error
    return run


def cancel_run(*, run: TrainingRun) -> None:
    """End a waiting run at once; ask the supervisor of a running one to end it, which takes about two seconds."""
    runs = TrainingRun.objects.filter(pk=run.pk)
    cancelled = {"state": TrainingRun.State.CANCELLED, "finished_at": timezone.now()}
    if runs.filter(state=TrainingRun.State.QUEUED).update(**cancelled):
        return
    if not runs.filter(state=TrainingRun.State.RUNNING).update(cancel_asked=True):
        raise Refused("run_over", _("This run is over already."), status=409)


def retry_run(*, run: TrainingRun) -> None:
    """Queue a failed or cancelled run again; it goes on after the last stage that it finished."""
    over = [TrainingRun.State.FAILED, TrainingRun.State.CANCELLED]
    fresh = {"state": TrainingRun.State.QUEUED, "reason": "", "attempt": 0, "cancel_asked": False, "finished_at": None}
    try:
        with transaction.atomic():
            if not TrainingRun.objects.filter(pk=run.pk, state__in=over).update(**fresh):
                raise Refused("run_not_over", _("Only a run that failed or was cancelled can be retried."), status=409)
            _send(run)
    except IntegrityError as error:
        raise _already_open() from error


def _check_weights(parent: LanguageModel) -> None:
    if parent.kind == LanguageModel.Kind.REMOTE:
        raise Refused("remote", _("This contestant answers from a remote service: its weights are not here to train."))
    if parent.state == LanguageModel.State.RETIRED:
        raise Refused("retired", _("This contestant is retired. Restore it before training on it."), status=409)


def _already_open() -> Refused:
    return Refused("run_open", _("A run on this contestant is waiting or running already."), status=409)


def _send(run: TrainingRun) -> None:
    # Robust: where the broker is down, the run waits in the database until the sweep can send it.
    transaction.on_commit(partial(run_training.delay, str(run.pk)), robust=True)
