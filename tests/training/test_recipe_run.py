"""A recipe cooked for real, at the size of tests."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from serving.contestants_file import read_contestants
from tests.training.toys import ENVIRONMENT, ROOT, TINY, command, run_tiny, train

pytestmark = pytest.mark.training


def manifest(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text()))


def wait_for(path: Path, program: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert program.poll() is None, "the program ended too early"
        time.sleep(0.02)


def test_every_stage_leaves_its_manifest(tiny: Path) -> None:
    for stage in ("tokenizer", "english", "basque", "tiny-eu", "tiny-both", "tiny-en"):
        assert {"inputs", "metrics", "seconds", "code"} <= manifest(tiny / stage).keys()
    assert manifest(tiny / "tiny-eu")["inputs"]["parents"].keys() == {"basque"}


def test_what_a_recipe_makes_can_enter_the_arena(tiny: Path) -> None:
    file = read_contestants(tiny / "contestants.toml")
    assert [model.kind for model in file.models].count("adapter") == 3
    assert file.models[0].parameters == manifest(tiny / "basque")["metrics"]["parameters"]


def test_a_second_run_skips_what_is_finished_within_two_seconds(tiny: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in tiny.rglob("*.safetensors")}
    started = time.monotonic()
    assert run_tiny(tiny).returncode == 0
    assert time.monotonic() - started < 2
    assert before == {path: path.stat().st_mtime_ns for path in tiny.rglob("*.safetensors")}


def test_a_changed_parameter_makes_a_stage_and_what_hangs_on_it_unfinished(tiny: Path) -> None:
    from training.recipe import read_recipe
    from training.run import stage_inputs

    recipe = read_recipe(TINY)
    changed = read_recipe(TINY)
    object.__setattr__(changed.stages[1], "layers", 3)
    old, new = stage_inputs(recipe), stage_inputs(changed)
    assert [name for name in old if old[name] != new[name]] == ["english", "basque", "tiny-eu", "tiny-both", "tiny-en"]


def test_a_killed_run_leaves_nothing_half_and_the_next_one_goes_on(tmp_path: Path) -> None:
    program = subprocess.Popen(
        command("run", TINY, "--out", tmp_path, "--threads", 1), cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )
    wait_for(tmp_path / ".basque.unfinished", program)
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert {folder.name for folder in tmp_path.iterdir() if not folder.name.startswith(".")} == {"tokenizer", "english"}
    english = manifest(tmp_path / "english")
    assert run_tiny(tmp_path).returncode == 0
    assert manifest(tmp_path / "english") == english
    assert not list(tmp_path.glob(".*.unfinished"))


def test_two_runs_do_not_work_in_one_folder(tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run_tiny(tmp_path)
    assert second.returncode == 2
    assert "Another run is working" in second.stderr


def test_broken_text_is_told_in_one_sentence(tmp_path: Path) -> None:
    text = tmp_path / "text.jsonl"
    text.write_text('{"document": "d1", "eu": "Kaixo.", "en": "Hello."}\n{"document": "d1", "eu": "Kaixo."}\n')
    recipe = tmp_path / "recipe.toml"
    questions = ROOT / "fixtures" / "demo" / "questions.jsonl"
    recipe.write_text(
        TINY.read_text().replace("../../fixtures/demo/questions.jsonl", str(questions)).replace(
            "../../fixtures/demo/text.jsonl", str(text)
        )
    )  # fmt: skip
    failed = train("run", recipe, "--out", tmp_path / "out")
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[-1] == f"{text}, line 2: 'en' is missing."
