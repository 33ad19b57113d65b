"""Cooks a recipe: runs its stages in order, skips what is finished, writes the contestants file.

A stage works in a hidden folder beside its place and is renamed into it with its manifest, so that whatever is found
under a stage's name is whole, even after kill -9. A stage is finished when its manifest names the same inputs: its
parameters, the texts, the seed and its parents' inputs. Code does not count: after changing it, remove the folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from serving.version import code_version
from training.progress_bar import ProgressBar
from training.recipe import Recipe
from training.stages.stage import Bench, Metrics, Stage

MANIFEST = "manifest.json"
CONTESTANTS = "contestants.toml"


class RunError(Exception):
    """Why a recipe cannot be run now, as one sentence."""


def run_recipe(recipe: Recipe, out: Path, *, threads: int) -> None:
    """Bring every stage of `recipe` to its end in `out`. Raises RunError."""
    # Adapters remember where their base lies.
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        for leftover in out.glob(".*.unfinished"):
            shutil.rmtree(leftover)
        inputs = stage_inputs(recipe)
        left = [stage for stage in recipe.stages if not _is_finished(out / stage.name, inputs[stage.name])]
        if left:
            _work(recipe, left, inputs, out, threads)
        _write_contestants(recipe, out)
    if left:
        print(f"{recipe.title}: ready in {out}.")


def stage_inputs(recipe: Recipe) -> dict[str, dict[str, Any]]:
    """What each stage is made from, as its manifest names it."""
    data = hashlib.sha256(recipe.data.questions.read_bytes() + recipe.data.text.read_bytes()).hexdigest()
    inputs: dict[str, dict[str, Any]] = {}
    for stage in recipe.stages:
        parameters = {key: value for key, value in asdict(stage).items() if key not in {"name", "seconds"}}
        inputs[stage.name] = {
            "kind": stage.kind,
            "parameters": parameters,
            "seed": recipe.seed,
            "data": data,
            "held_out": recipe.data.held_out,
            "parents": {parent: _hash(inputs[parent]) for parent in stage.parents},
        }
    return inputs


def _hash(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _is_finished(folder: Path, inputs: dict[str, Any]) -> bool:
    try:
        return bool(json.loads((folder / MANIFEST).read_text())["inputs"] == inputs)
    except (OSError, ValueError, KeyError):
        return False


def _work(recipe: Recipe, stages: list[Stage], inputs: dict[str, Any], out: Path, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    device = "GPU" if torch.cuda.is_available() else f"{threads} CPU threads"
    total = sum(stage.seconds for stage in stages)
    print(f"{recipe.title}: {len(stages)} stages on {device}, about {total:.0f} s on two quiet cores.", flush=True)
    bar, done = ProgressBar(total), 0.0
    for stage in stages:

        def progress(part: float, words: str, stage: Stage = stage, before: float = done) -> None:
            bar.show(before + part * stage.seconds, f"{stage.name}  {words}")

        progress(0.0, "")
        finished = {parent: out / parent for parent in stage.parents}
        _run_stage(stage, Bench(recipe.data, finished, recipe.seed, progress), inputs[stage.name], out)
        done += stage.seconds
    bar.clear()


def _run_stage(stage: Stage, bench: Bench, inputs: dict[str, Any], out: Path) -> None:
    unfinished = out / f".{stage.name}.unfinished"
    unfinished.mkdir()
    started = time.monotonic()
    try:
        metrics = stage.run(bench, unfinished)
        _write_manifest(unfinished, inputs, metrics, time.monotonic() - started)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise RunError(f"{stage.name} cannot be written into {out}: {error.strerror or error}.") from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    shutil.rmtree(out / stage.name, ignore_errors=True)
    unfinished.rename(out / stage.name)


def _write_manifest(folder: Path, inputs: dict[str, Any], metrics: Metrics, seconds: float) -> None:
    manifest = {"inputs": inputs, "metrics": metrics, "seconds": round(seconds, 1), "code": code_version()}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2))


def _write_contestants(recipe: Recipe, out: Path) -> None:
    """The recipe's engines and models as a contestants file; stages are folders beside it."""
    if not recipe.models:
        return
    sizes = {engine["name"]: _metrics(out / engine["base"])["parameters"] for engine in recipe.engines}
    models = [{**model, "parameters": sizes[model["engine"]]} for model in recipe.models]
    text = "".join(_toml("engines", engine) for engine in recipe.engines)
    text += "".join(_toml("models", model) for model in models)
    unfinished = out / f".{CONTESTANTS}"
    unfinished.write_text(text)
    unfinished.replace(out / CONTESTANTS)


def _metrics(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / MANIFEST).read_text())["metrics"])


def _toml(name: str, table: dict[str, Any]) -> str:
    # Texts, numbers, true and false, and lists of them are written alike in JSON and TOML.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return "\n".join([f"[[{name}]]", *lines]) + "\n\n"


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold the folder for one run; the lock goes with the process, however that ends."""
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"Another run is working in {out}.") from error
        lock.write(str(os.getpid()))
        lock.flush()
        yield
