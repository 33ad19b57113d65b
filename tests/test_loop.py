"""The whole loop with real parts: adapted models, vLLM, the worker, votes, DPO, and the child in the arena."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset

from tests.arena.test_start import ROOT, left_behind, started
from tests.processes import free_port

pytestmark = [pytest.mark.engine, pytest.mark.training]


def test_votes_become_a_child_that_fights_in_the_arena(tmp_path: Path) -> None:
    place = {
        **os.environ,
        "HAREA_VAR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/loop.sqlite3",
        "PORT": str(free_port()),
        "ENGINE_PORT": str(free_port()),
    }
    models = tmp_path / "models"
    run(place, "-m", "training", "run", "tests/small.toml", "--out", str(models))
    run(place, "manage.py", "prepare")
    run(place, "manage.py", "enter_contestants", str(models / "contestants.toml"))
    with started(place, tmp_path / "start.log"):
        vote(place, battles=160, prompts="open")
        pairs = tmp_path / "pairs"
        run(place, "manage.py", "export_preferences", "--format", "dpo", "--out", str(pairs), "--simulated")
        child = train_a_child(place)
        vote(place, battles=24, prompts="held-out")
        board = json.loads(read(place, "/leaderboard.json?simulated=1"))
    exported = load_dataset(str(pairs), cache_dir=str(tmp_path / "cache"))["train"]
    votes = {model["model"]: model["votes"] for model in board["models"]}
    assert exported[0]["chosen"][0]["role"] == "assistant"
    assert votes[child] > 0
    assert left_behind(place) == []


def train_a_child(place: dict[str, str]) -> str:
    """The name of the first child that enters. The gate is real: it may refuse a child of such small models."""
    refusals = []
    for parent in ("small-en", "small-both", "small-eu"):
        done = retrain(place, parent)
        if done.returncode == 0:
            assert f"{parent}-dpo-1 has entered the arena." in done.stdout
            return f"{parent}-dpo-1"
        assert "refused" in done.stdout + done.stderr, done.stdout + done.stderr
        refusals.append(done.stdout)
    pytest.fail("\n".join(refusals))


def retrain(place: dict[str, str], parent: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "retrain", "--model", parent, "--simulated", "--wait"]
    return subprocess.run(command, cwd=ROOT, env=place, capture_output=True, text=True, check=False)


def run(place: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout


def vote(place: dict[str, str], *, battles: int, prompts: str) -> None:
    socket = f"ws://127.0.0.1:{place['PORT']}/ws/arena/"
    options = ["--battles", str(battles), "--preference", "basque", "--prompts", prompts, "--url", socket]
    run(place, "manage.py", "simulate_voters", *options)


def read(place: dict[str, str], path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{place['PORT']}{path}") as response:
        return response.read()
