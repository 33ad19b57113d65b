"""Contestants with votes to train on."""

from __future__ import annotations

import json
from pathlib import Path

from serving.models import Engine, LanguageModel
from tests.arena.cast import make_model, make_participant, make_votes

ENOUGH = 4


def make_parent(engine: Engine, folder: Path, name: str = "basque") -> LanguageModel:
    """An adapter on a base of its own, with a folder that an engine takes for one."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"peft_type": "LORA", "r": 4, "base_model_name_or_path": ""}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    base = LanguageModel.objects.filter(name="base").first() or make_model("base", engine=engine)
    return make_model(name, engine=engine, kind="adapter", base=base, path=str(folder), system_prompt="Erantzun.")


def give_pairs(model: LanguageModel, number: int = ENOUGH, *, simulated: bool = False) -> None:
    """`number` votes for the model over its base."""
    assert model.base is not None, "the base is its opponent"
    make_votes(model, model.base, ["a"] * number, participant=make_participant(simulated=simulated))
