"""A run under its supervisor while something happens: a cancel, a kill, another worker. With real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from serving.models import Engine, LanguageModel
from tests.arena.cast import researcher
from tests.training.cast import give_pairs, make_parent
from tests.training.conftest import Behave
from training.lease import MAXIMUM_ATTEMPTS, take_lease
from training.models import TrainingRun
from training.steps import STOPPING
from training.supervise import supervise
from training.tasks import stop_supervising, sweep_runs

pytestmark = pytest.mark.django_db(transaction=True)
State = TrainingRun.State


@pytest.fixture
def run(parent: LanguageModel) -> TrainingRun:
    """A run that waits for a worker."""
    return TrainingRun.objects.create(parent=parent)


@contextmanager
def worker_on(run: TrainingRun) -> Iterator[int]:
    """A worker thread leads the run; yields the process id of its hanging training."""
    thread = threading.Thread(target=lead, args=[run], daemon=True)
    thread.start()
    try:
        yield training_of(run)
    finally:
        thread.join(10)
        assert not thread.is_alive(), "the worker is still busy"


def lead(run: TrainingRun) -> None:
    try:
        supervise(run.pk)
    finally:
        connection.close()


def training_of(run: TrainingRun) -> int:
    pid = run.folder / "pid"
    # A worker of its own has to import the site first, which takes its time on a busy machine.
    wait_until(lambda: pid.exists() and pid.read_text() != "", seconds=60)
    return int(pid.read_text())


def wait_until(happened: Callable[[], bool], *, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def is_running(process: int) -> bool:
    """Whether the process is there and no zombie."""
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_cancelled_run_ends_within_about_two_seconds(run: TrainingRun, training: Behave) -> None:
    training("hangs")
    client = researcher()
    with worker_on(run) as process:
        client.post(reverse("training:cancel", args=[run.pk]))
        started = time.monotonic()
        wait_until(lambda: not is_running(process))
        assert time.monotonic() - started < 3
    run.refresh_from_db()
    assert (run.state, run.worker) == (State.CANCELLED, "")


def test_a_training_that_is_killed_fails_its_run(run: TrainingRun, training: Behave) -> None:
    training("hangs")
    with worker_on(run) as process:
        os.kill(process, signal.SIGKILL)
    run.refresh_from_db()
    assert (run.state, run.leased_until) == (State.FAILED, None)
    assert "killed by signal 9" in run.reason


def test_the_row_shows_the_progress_of_the_training(run: TrainingRun, training: Behave) -> None:
    training("hangs")
    with worker_on(run):
        wait_until(lambda: TrainingRun.objects.get(pk=run.pk).progress.get("loss") == 0.69)
        assert TrainingRun.objects.get(pk=run.pk).stage == TrainingRun.Stage.TRAIN
        TrainingRun.objects.filter(pk=run.pk).update(cancel_asked=True)


def test_a_worker_that_lost_its_lease_ends_its_training_and_leaves_the_run_alone(
    run: TrainingRun, training: Behave
) -> None:
    training("hangs")
    with worker_on(run) as process:
        TrainingRun.objects.filter(pk=run.pk).update(worker="another", reason="mine")
    assert not is_running(process)
    run.refresh_from_db()
    assert (run.state, run.worker, run.reason) == (State.RUNNING, "another", "mine")


def test_a_worker_that_is_stopped_gives_its_run_back(run: TrainingRun, training: Behave) -> None:
    training("hangs")
    try:
        with worker_on(run) as process:
            stop_supervising()
    finally:
        STOPPING.clear()
    assert not is_running(process)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.worker) == (State.QUEUED, 0, "")


def test_a_training_whose_worker_is_killed_ends_and_its_run_is_taken_up(
    run: TrainingRun, training: Behave, tmp_path: Path
) -> None:
    database = connection.settings_dict["NAME"]
    command = [sys.executable, "-m", "tests.training.lone_worker", database, str(tmp_path), "hangs", str(run.pk)]
    worker = subprocess.Popen(command)
    process = training_of(run)
    worker.kill()
    worker.wait()
    wait_until(lambda: not is_running(process), seconds=5)
    silence(run)
    sweep_runs()
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.ENTERED, 2)


def silence(run: TrainingRun, **changes: object) -> None:
    """As if the run's worker had given no sign of life for longer than its lease."""
    past = timezone.now() - timedelta(seconds=1)
    TrainingRun.objects.filter(pk=run.pk).update(leased_until=past, **changes)


def test_a_run_whose_worker_still_gives_signs_of_life_is_not_swept(run: TrainingRun) -> None:
    assert take_lease(run.pk)
    sweep_runs()
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.RUNNING, 1)


def test_after_the_last_attempt_a_swept_run_fails_with_its_reason(run: TrainingRun) -> None:
    assert take_lease(run.pk)
    silence(run, attempt=MAXIMUM_ATTEMPTS)
    sweep_runs()
    run.refresh_from_db()
    assert (run.state, run.worker) == (State.FAILED, "")
    assert "went away 3 times" in run.reason


def test_a_silent_run_that_was_to_be_cancelled_is(run: TrainingRun) -> None:
    assert take_lease(run.pk)
    silence(run, cancel_asked=True)
    sweep_runs()
    run.refresh_from_db()
    assert run.state == State.CANCELLED


def test_one_run_has_one_supervisor(run: TrainingRun) -> None:
    assert take_lease(run.pk)
    assert take_lease(run.pk) is None


def test_a_machine_that_trains_already_lets_the_next_run_wait(run: TrainingRun, served: Engine, tmp_path: Path) -> None:
    other = make_parent(served, tmp_path / "adapters" / "both", "both")
    give_pairs(other)
    waiting = TrainingRun.objects.create(parent=other)
    assert take_lease(run.pk)
    supervise(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == State.QUEUED


def test_a_waiting_run_whose_message_was_lost_is_sent_again(run: TrainingRun, training: Behave) -> None:
    sweep_runs()
    run.refresh_from_db()
    assert run.state == State.ENTERED
