"""A run from the click to the child, entered through the job that a worker runs; the training itself is a stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from arena.errors import Refused
from arena.models import Prompt, Vote
from arena.models.people import Consent
from serving.models import Engine, LanguageModel
from tests.arena.cast import make_model
from tests.stand_in_engine import StandInEngine
from tests.training.cast import ENOUGH, give_pairs
from tests.training.conftest import Behave
from training.loop import cancel_run, retry_run, start_run
from training.models import PreferenceSet, TrainingRun
from training.tasks import run_training

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("training")]
State = TrainingRun.State


def lead(run: TrainingRun) -> TrainingRun:
    """Let a worker lead the run to its end."""
    run_training(str(run.pk))
    run.refresh_from_db()
    return run


def run_on(parent: LanguageModel, *, simulated: bool = False) -> TrainingRun:
    return lead(start_run(parent=parent, started_by=None, simulated=simulated))


# Starting.


def test_too_few_pairs_are_refused_with_the_counts(parent: LanguageModel, settings: Settings) -> None:
    settings.TRAINING_MINIMUM_PAIRS = ENOUGH + 1
    with pytest.raises(Refused, match=f"{ENOUGH} preference pairs .* needs {ENOUGH + 1}"):
        start_run(parent=parent, started_by=None, simulated=False)


def test_simulated_votes_count_only_where_asked_for(parent: LanguageModel, settings: Settings) -> None:
    settings.TRAINING_MINIMUM_PAIRS = ENOUGH + 2
    give_pairs(parent, 2, simulated=True)
    with pytest.raises(Refused):
        start_run(parent=parent, started_by=None, simulated=False)
    assert start_run(parent=parent, started_by=None, simulated=True).simulated


def test_a_parent_has_one_open_run(parent: LanguageModel) -> None:
    start_run(parent=parent, started_by=None, simulated=False)
    with pytest.raises(Refused, match="waiting or running already"):
        start_run(parent=parent, started_by=None, simulated=False)


def test_a_remote_contestant_cannot_be_trained() -> None:
    remote = make_model("remote", kind="remote")
    with pytest.raises(Refused, match="remote service"):
        start_run(parent=remote, started_by=None, simulated=False)


# The child.


def test_a_child_that_passes_enters_the_arena(parent: LanguageModel) -> None:
    run = run_on(parent)
    assert run.state == State.ENTERED
    assert run.child in LanguageModel.objects.contesting()


def test_the_child_is_loaded_into_the_running_engine(parent: LanguageModel, engine: StandInEngine) -> None:
    child = run_on(parent).child
    assert child is not None
    assert engine.models[child.served_name] == child.path


def test_the_child_answers_as_its_parent_was_told_to(parent: LanguageModel) -> None:
    child = run_on(parent).child
    assert child is not None
    assert (child.base, child.parent, child.system_prompt) == (parent.base, parent, parent.system_prompt)
    assert child.decoding() == parent.decoding()


def test_the_child_s_lineage_names_the_votes_it_saw(parent: LanguageModel) -> None:
    run = run_on(parent)
    assert run.child is not None
    assert run.preference_set is not None
    assert run.child.lineage["votes"] == run.preference_set.manifest["votes"]
    assert run.child.lineage["preference_set"]["hash"] == run.preference_set.hash


def test_children_of_one_line_are_numbered(parent: LanguageModel) -> None:
    first = run_on(parent).child
    assert first is not None
    second = run_on(parent).child
    assert second is not None
    assert (first.name, second.name) == ("basque-dpo-1", "basque-dpo-2")
    assert second.title == "Basque · round 2"


def test_the_gate_is_asked_with_the_held_out_prompts(parent: LanguageModel) -> None:
    Prompt.objects.create(text="Zer gosaldu duzu?", language="eu", category="food", held_out=True)
    Prompt.objects.create(text="Zer afaldu duzu?", language="eu", category="food")
    run = run_on(parent)
    config = json.loads((run.folder / "gate.json").read_text())
    asked = Path(config["prompts"]).read_text().splitlines()
    assert [json.loads(line)["text"] for line in asked] == ["Zer gosaldu duzu?"]


# Other ends.


def test_a_refused_child_stays_outside_and_its_figures_are_kept(parent: LanguageModel, training: Behave) -> None:
    training("is refused")
    run = run_on(parent)
    assert (run.state, run.child) == (State.REFUSED, None)
    assert run.gate["checks"][0]["passed"] is False
    assert not LanguageModel.objects.filter(parent=parent).exists()


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("dies", "killed by signal 9"),
        ("fills the disk", "The disk is full"),
        ("names its error", "The parent's adapter does not fit its base."),
        ("crashes", "ended with status 1"),
    ],
)
def test_a_training_that_fails_leaves_a_failed_run_with_its_reason(
    parent: LanguageModel, training: Behave, behaviour: str, sentence: str
) -> None:
    training(behaviour)
    run = run_on(parent)
    assert run.state == State.FAILED
    assert sentence in run.reason
    assert (run.worker, run.leased_until) == ("", None)


def test_a_full_disk_on_the_supervisor_s_side_is_told(parent: LanguageModel) -> None:
    run = start_run(parent=parent, started_by=None, simulated=False)
    run.folder.mkdir(parents=True)
    (run.folder / "prefer.part").symlink_to("/dev/full")
    lead(run)
    assert (run.state, run.reason) == (State.FAILED, "The disk is full: make room, then retry the run.")


def test_an_unforeseen_fault_leaves_its_trace_in_the_log(parent: LanguageModel) -> None:
    run = start_run(parent=parent, started_by=None, simulated=False)
    run.folder.mkdir(parents=True)
    (run.folder / "prefer.json").mkdir()
    lead(run)
    assert run.state == State.FAILED
    assert "Traceback" in run.log.read_text()


def test_votes_withdrawn_after_the_click_are_not_trained_on(parent: LanguageModel) -> None:
    run = start_run(parent=parent, started_by=None, simulated=False)
    Consent.objects.update(train=False)
    lead(run)
    assert run.state == State.FAILED
    assert not PreferenceSet.objects.exists()


def test_an_adapter_that_the_engine_cannot_take_fails_the_run_with_the_reason(
    parent: LanguageModel, served: Engine
) -> None:
    Engine.objects.filter(pk=served.pk).update(max_lora_rank=2)
    run = run_on(parent)
    assert run.state == State.FAILED
    assert "has rank 4, but the engine takes at most 2" in run.reason
    assert run.child is None


# Trying again.


def test_an_engine_that_is_down_fails_the_run_and_a_retry_trains_nothing_anew(
    parent: LanguageModel, engine: StandInEngine, training: Behave
) -> None:
    engine.stop()
    run = run_on(parent)
    assert run.state == State.FAILED
    assert "does not answer" in run.reason
    training("dies")
    with StandInEngine(port=engine.port) as again:
        retry_run(run=run)
        assert lead(run).state == State.ENTERED
        assert run.child is not None
        assert run.child.served_name in again.models


def test_a_retry_exports_anew_once_a_vote_of_its_pairs_is_withdrawn(parent: LanguageModel, training: Behave) -> None:
    training("dies")
    give_pairs(parent, 1)
    run = run_on(parent)
    before = run.preference_set
    assert before is not None

    Vote.objects.filter(pk=before.manifest["votes"][0]).update(withdrawn_at=timezone.now())
    training("works")
    retry_run(run=run)
    lead(run)
    assert run.preference_set is not None
    assert run.preference_set.pairs == before.pairs - 1


def test_only_a_failed_or_cancelled_run_can_be_retried(parent: LanguageModel) -> None:
    run = run_on(parent)
    with pytest.raises(Refused, match="failed or was cancelled"):
        retry_run(run=run)


def test_a_waiting_run_is_cancelled_at_once(parent: LanguageModel) -> None:
    run = start_run(parent=parent, started_by=None, simulated=False)
    cancel_run(run=run)
    assert lead(run).state == State.CANCELLED


def test_a_run_that_is_over_cannot_be_cancelled(parent: LanguageModel) -> None:
    run = run_on(parent)
    with pytest.raises(Refused, match="over already"):
        cancel_run(run=run)


def test_a_job_whose_run_is_gone_does_nothing() -> None:
    run_training("00000000-0000-0000-0000-000000000000")
    assert not TrainingRun.objects.exists()
