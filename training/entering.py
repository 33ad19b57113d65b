"""The last step of a run: the child's adapter goes into the running engine, and the child into the arena."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import fields
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from serving import engine_api
from serving.adapters import AdapterRefused, load_adapter, unload_adapter
from serving.models import Engine, LanguageModel
from serving.revision import folder_revision
from serving.version import code_version
from training.config import RunConfig
from training.lease import Lease
from training.models import PreferenceSet, TrainingRun
from training.stages.prefer import PreferConfig
from training.steps import STOPPING, TICK_SECONDS, RunFailed, WorkerStopping

# Says in a child's folder which run it belongs to; no weights, so not part of its revision.
MARK = ".run"


def enter_arena(run: TrainingRun, lease: Lease) -> None:
    """Load the child into its parent's engine, then register it and end the run in one transaction."""
    lease.renew(stage=TrainingRun.Stage.ENTER, progress={})
    engine = run.parent.engine
    name, number = _claim_name(run)
    folder = settings.VAR_DIR / "models" / name
    shutil.copytree(run.folder / "adapter", folder, dirs_exist_ok=True)
    _wait_for(engine, lease)
    try:
        # An earlier attempt of this run may have left the name in the engine.
        unload_adapter(engine=engine, name=name)
        load_adapter(engine=engine, name=name, path=str(folder))
    except AdapterRefused as error:
        raise RunFailed(str(error)) from error
    with transaction.atomic():
        child = _register(run, name=name, number=number, folder=folder)
        lease.end(TrainingRun.State.ENTERED, child=child, progress={})


def _claim_name(run: TrainingRun) -> tuple[str, int]:
    """The first free `<root>-dpo-<n>`, with its number. The folder made for it keeps it from other runs."""
    root = re.sub(r"-dpo-\d+$", "", run.parent.name)[:80]
    number = 1
    while not _claim(f"{root}-dpo-{number}", run):
        number += 1
    return f"{root}-dpo-{number}", number


def _claim(name: str, run: TrainingRun) -> bool:
    """Whether the run may call its child `name`: nobody has it, or an earlier attempt of this run took it."""
    if LanguageModel.objects.filter(name=name).exists():
        return False
    mark: Path = settings.VAR_DIR / "models" / name / MARK
    try:
        mark.parent.mkdir(parents=True)
    except FileExistsError:
        return mark.exists() and mark.read_text() == str(run.pk)
    mark.write_text(str(run.pk))
    return True


def _wait_for(engine: Engine, lease: Lease) -> None:
    """Return once the engine answers. Raises RunFailed after the longest wait."""
    patience = time.monotonic() + settings.TRAINING_ENTER_SECONDS
    while not engine_api.is_alive(engine):
        if time.monotonic() > patience:
            raise RunFailed(
                _("The child is trained, but the engine %(engine)s does not answer at %(url)s: start it, then retry.")
                % {"engine": engine.name, "url": engine.url}
            )
        lease.renew()
        if STOPPING.wait(TICK_SECONDS):
            raise WorkerStopping


def _register(run: TrainingRun, *, name: str, number: int, folder: Path) -> LanguageModel:
    """The child's row: all that decides how it answers is its parent's, apart from the weights."""
    parent = run.parent
    child = LanguageModel(
        name=name,
        title=_("%(parent)s · round %(number)d") % {"parent": _root_title(parent), "number": number},
        kind=LanguageModel.Kind.ADAPTER,
        engine=parent.engine,
        served_name=name,
        base=parent.base or parent,
        parent=parent,
        path=str(folder),
        revision=folder_revision(folder),
        lineage=_lineage(run),
    )
    for field in ("licence", "parameters", "demo", "system_prompt", "temperature", "top_p", "max_tokens"):
        setattr(child, field, getattr(parent, field))
    child.full_clean()
    child.save()
    return child


def _root_title(parent: LanguageModel) -> str:
    """A grandchild is called after the first contestant of its line, not after all of them."""
    title = re.sub(r" · \S+ \d+$", "", parent.title) if "run" in parent.lineage else parent.title
    return title[:150]


def _lineage(run: TrainingRun) -> dict[str, Any]:
    """What a child was made from. `votes` are those of its own preference set, not of its ancestors'."""
    pairs = run.preference_set
    assert isinstance(pairs, PreferenceSet), "a child has a preference set"
    return {
        "run": str(run.pk),
        "recipe": _recipe(),
        "code": code_version(),
        "simulated": run.simulated,
        "preference_set": {"hash": pairs.hash, "pairs": pairs.pairs, "votes": len(pairs.manifest["votes"])},
        "votes": pairs.manifest["votes"],
        "gate": run.gate,
    }


def _recipe() -> str:
    """How a child is trained, such as "prefer: learning_rate by size, epochs 2"."""
    shared = {field.name for field in fields(RunConfig)}
    own = {field.name: field.default for field in fields(PreferConfig) if field.name not in shared}
    # A value of None follows from the size of the model.
    said = [f"{name} {'by size' if value is None else value}" for name, value in own.items()]
    return f"prefer: {', '.join(said)}"
