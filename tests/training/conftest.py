"""The training room's fixtures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from arena.celery import app as celery
from serving.models import Engine, LanguageModel
from tests.arena.cast import make_engine
from tests.stand_in_engine import StandInEngine
from tests.training.cast import ENOUGH, give_pairs, make_parent
from tests.training.toys import run_tiny
from training import program

Behave = Callable[[str], None]


@pytest.fixture(autouse=True)
def small_site(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A var folder of the test's own, few pairs suffice, and a job runs where it is sent."""
    settings.VAR_DIR = tmp_path
    settings.TRAINING_MINIMUM_PAIRS = ENOUGH
    settings.TRAINING_ENTER_SECONDS = 0
    monkeypatch.setitem(celery.conf, "task_always_eager", True)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Behave:
    """Puts a stand-in in place of `python -m training`: `training("hangs")`."""

    def behave(behaviour: str) -> None:
        monkeypatch.setattr(program, "COMMAND", [sys.executable, "-m", "tests.training.stand_in_program", behaviour])

    behave("works")
    return behave


@pytest.fixture
def served(engine: StandInEngine, db: None) -> Engine:
    """The engine's row: it takes adapters."""
    return make_engine(url=engine.url, max_lora_rank=8)


@pytest.fixture
def parent(served: Engine, tmp_path: Path) -> LanguageModel:
    """A contestant with just enough pairs to train on."""
    model = make_parent(served, tmp_path / "adapters" / "basque")
    give_pairs(model)
    return model


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the finished tiny recipe."""
    out = tmp_path_factory.mktemp("tiny")
    done = run_tiny(out)
    assert done.returncode == 0, done.stderr
    return out
