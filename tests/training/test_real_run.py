"""A run with the real training programs on real, tiny weights; the engine is a stand-in."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from pytest_django import Settings

from arena.models import Prompt
from serving.models import Engine, LanguageModel
from serving.revision import folder_revision
from tests.arena.cast import make_model, make_participant, make_vote
from tests.stand_in_engine import StandInEngine
from tests.tiny_model import make_adapter, make_base
from training.loop import start_run
from training.models import TrainingRun
from training.program import read_progress
from training.tasks import run_training

pytestmark = [pytest.mark.django_db, pytest.mark.training]
WORDS = ["ogia", "gazta", "esnea", "sagarra", "mendia", "itsasoa", "etxea", "eguna", "gaua", "lagunak"]


@pytest.fixture
def parent(served: Engine, tmp_path: Path) -> LanguageModel:
    """A contestant of 0.1 million random parameters, with votes as often for the longer answer as for the shorter."""
    base = make_base(tmp_path / "base")
    adapter = make_adapter(base, tmp_path / "parent")
    Engine.objects.filter(pk=served.pk).update(base_path=str(base))
    served.refresh_from_db()
    model = make_model(
        "tiny", engine=served, kind="adapter", base=make_model("base", engine=served), path=str(adapter), max_tokens=12
    )
    give_varied_pairs(model)
    for text in ("Zer da hau?", "Nor zara zu?"):
        Prompt.objects.create(text=text, language="eu", category="people", held_out=True)
    return model


def give_varied_pairs(model: LanguageModel) -> None:
    assert model.base is not None, "the base is its opponent"
    source = random.Random(1)
    voter = make_participant()
    for number in range(60):
        short, long = (" ".join(source.choices(WORDS, k=size)) for size in (3, 6))
        answers = (short, long) if number % 2 else (long, short)
        make_vote(model, model.base, "a", participant=voter, text=f"Galdera {number}?", answers=answers)


@pytest.fixture
def run(parent: LanguageModel, settings: Settings) -> TrainingRun:
    """A run that the real programs have led to its end."""
    settings.TRAINING_MINIMUM_PAIRS = 20
    started = start_run(parent=parent, started_by=None, simulated=False)
    run_training(str(started.pk))
    started.refresh_from_db()
    return started


def test_a_run_trains_judges_and_lets_in_or_refuses(run: TrainingRun, engine: StandInEngine) -> None:
    assert run.state in {TrainingRun.State.ENTERED, TrainingRun.State.REFUSED}, (run.reason, run.log.read_text())
    assert (run.child is not None) == run.gate["passed"] == ("tiny-dpo-1" in engine.models)
    check_weights(run)
    check_progress(run)
    check_figures(run)


def check_weights(run: TrainingRun) -> None:
    """The child's adapter is one that an engine takes, and not its parent's."""
    assert folder_revision(run.folder / "adapter") != folder_revision(Path(run.parent.path))
    assert json.loads((run.folder / "adapter" / "adapter_config.json").read_text())["r"] == 8


def check_progress(run: TrainingRun) -> None:
    """The training told every step, with what the page shows of it."""
    last = read_progress(run.progress_file)[-1]
    assert last["step"] == last["steps"] > 0
    assert {"loss", "accuracy", "margin", "seconds_left"} <= last.keys()


def check_figures(run: TrainingRun) -> None:
    figures = {check["name"]: check["value"] for check in run.gate["checks"]}
    assert figures.keys() >= {"bits_per_byte", "length", "repetition", "other_language", "reward_accuracy"}
    assert figures["bits_per_byte"] is not None
