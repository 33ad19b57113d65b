"""`manage.py retrain`: the same run, from a terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from serving.models import LanguageModel
from tests.training.conftest import Behave
from training.models import TrainingRun

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("training")]


def retrain(model: str, **options: bool) -> str:
    out = StringIO()
    call_command("retrain", model=model, stdout=out, **options)
    return out.getvalue()


def test_it_starts_a_run(parent: LanguageModel) -> None:
    said = retrain("basque")
    assert f"Run {TrainingRun.objects.get().pk} is waiting" in said


def test_with_wait_it_tells_the_child_s_name_and_the_figures(parent: LanguageModel) -> None:
    said = retrain("basque", wait=True)
    assert "basque-dpo-1 has entered the arena." in said
    assert "passed" in said


def test_a_refused_child_is_status_1_with_the_figures(parent: LanguageModel, training: Behave) -> None:
    training("is refused")
    out = StringIO()
    with pytest.raises(CommandError, match="The gate refused the child") as error:
        call_command("retrain", model="basque", wait=True, stdout=out)
    assert error.value.returncode == 1
    assert "failed: Bits per byte on held-out text: parent 1.6, child 2.1, change 0.312 (≤ 0.02)" in out.getvalue()


def test_a_failed_run_is_status_1_with_its_reason(parent: LanguageModel, training: Behave) -> None:
    training("dies")
    with pytest.raises(CommandError, match="killed by signal 9"):
        retrain("basque", wait=True)


def test_too_few_pairs_are_one_sentence_and_status_2(parent: LanguageModel, settings: Settings) -> None:
    settings.TRAINING_MINIMUM_PAIRS = 50
    with pytest.raises(CommandError, match="a run needs 50") as error:
        retrain("basque")
    assert error.value.returncode == 2


def test_an_unknown_contestant_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="There is no contestant called nobody"):
        retrain("nobody")
