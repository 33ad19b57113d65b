"""The steps of a run before its child enters: export the pairs, train, let the gate judge.

Training happens in programs of their own (`training.program`); this side follows them, renewing the lease,
reading the wish to cancel and showing the progress about once a second.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from arena.datasets.preferences import export_preferences
from arena.models import Prompt
from training.lease import Lease
from training.models import PreferenceSet, TrainingRun
from training.program import KILLED, Program

# Set when the worker is asked to stop: its runs go back to the queue.
STOPPING = threading.Event()
TICK_SECONDS = 1.0
# The exit status of `python -m training` for an error it could name in one sentence, its last line.
NAMED_ERROR = 2

Stage = TrainingRun.Stage


class RunFailed(Exception):
    """The run cannot go on; the message is one sentence for people."""


class WorkerStopping(Exception):
    """This worker is being stopped; the run is for another."""


def export_pairs(run: TrainingRun, lease: Lease) -> None:
    """Write the pairs and remember their manifest; what an earlier export led to is thrown away."""
    lease.renew(stage=Stage.EXPORT, progress={}, gate={})
    run.gate = {}
    pairs = run.folder / "pairs"
    for old in (pairs, run.folder / "adapter"):
        shutil.rmtree(old, ignore_errors=True)
    with lease.kept():
        manifest = export_preferences(
            format="dpo", out=pairs, model=run.parent.name, since=None, simulated=run.simulated
        )
    if manifest.pairs < settings.TRAINING_MINIMUM_PAIRS:
        raise RunFailed(
            _("Only %(pairs)d pairs are left for training; a run needs %(minimum)d.")
            % {"pairs": manifest.pairs, "minimum": settings.TRAINING_MINIMUM_PAIRS}
        )
    run.preference_set = PreferenceSet.objects.create(
        path=str(pairs), hash=manifest.hash, pairs=manifest.pairs, manifest=dataclasses.asdict(manifest)
    )
    lease.renew(preference_set=run.preference_set)


def train_child(run: TrainingRun, lease: Lease) -> None:
    """Make the child's adapter. It gets its name only when it is whole."""
    unfinished = run.folder / "adapter.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    lease.renew(stage=Stage.REFERENCE, progress={})
    _follow(run, lease, "prefer", {**_weights(run), "out": str(unfinished)})
    unfinished.rename(run.folder / "adapter")


def judge_child(run: TrainingRun, lease: Lease) -> None:
    """Let parent and child answer the held-out prompts, and keep the verdict with its figures."""
    lease.renew(stage=Stage.GATE, progress={})
    figures = run.folder / "figures.json"
    prompts = run.folder / "prompts.jsonl"
    held_out = Prompt.objects.filter(held_out=True, language=settings.CONTENT_LANGUAGE)
    prompts.write_text("".join(json.dumps({"text": text}) + "\n" for text in held_out.values_list("text", flat=True)))
    questions = {
        "child": str(run.folder / "adapter"),
        "prompts": str(prompts),
        "text": settings.GATE_TEXT,
        "text_held_out": settings.GATE_TEXT_HELD_OUT,
        "out": str(figures),
    }
    _follow(run, lease, "gate", {**_weights(run), **questions})
    run.gate = json.loads(figures.read_text())
    lease.renew(gate=run.gate)


def disk_full() -> str:
    return _("The disk is full: make room, then retry the run.")


def _weights(run: TrainingRun) -> dict[str, Any]:
    """What both programs are told: where the parent and the pairs lie, and how the parent answers."""
    parent = run.parent
    return {
        "base": parent.engine.base_path,
        "adapter": parent.path if parent.kind == parent.Kind.ADAPTER else None,
        "pairs": str(run.folder / "pairs"),
        "language": settings.CONTENT_LANGUAGE,
        "system_prompt": parent.system_prompt,
        **parent.decoding(),
    }


def _follow(run: TrainingRun, lease: Lease, program: str, config: dict[str, Any]) -> None:
    """Run one training program to its end, showing its progress. Raises RunFailed where it did not do its work."""
    path, progress = run.folder / f"{program}.json", run.folder / f"{program}-progress.jsonl"
    _write(path, {**config, "progress": str(progress)})
    with Program([program, "--config", str(path)], log=run.log, progress=progress) as running:
        while (status := running.wait(TICK_SECONDS)) is None:
            if STOPPING.is_set():
                raise WorkerStopping
            _show(lease, running.progress())
        _show(lease, running.progress())
    if status:
        raise RunFailed(_why(status, running.said()))


def _show(lease: Lease, progress: dict[str, Any]) -> None:
    stage = {"stage": progress["stage"]} if progress.get("stage") in Stage.values else {}
    lease.renew(progress=progress, **stage)


def _why(status: int, log: str) -> str:
    """Why a program ended with a status other than 0, in one sentence."""
    if "No space left on device" in log:
        return disk_full()
    if status == NAMED_ERROR and log.strip():
        return log.strip().splitlines()[-1]
    if status > KILLED:
        return _("The training program was killed by signal %(number)d; often this means too little memory.") % {
            "number": status - KILLED
        }
    return _("The training program ended with status %(status)d; its log says more.") % {"status": status}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(content, ensure_ascii=False, indent=2))
    unfinished.replace(path)
