"""A recipe: a TOML file that names texts and an ordered list of stages, and the contestants that come of them.

    title = "Toy models"
    seed = 1

    [data]                        # paths are relative to the recipe
    questions = "questions.jsonl"
    text = "text.jsonl"
    held_out = 0.1

    [[stages]]                    # one table a stage: `kind`, `name`, `seconds` and the parameters of its kind
    kind = "tokenizer"
    name = "tokenizer"
    ...

    [[engines]]                   # as in a contestants file; `base` and `path` name stages
    [[models]]

Whatever cannot be understood is a `RecipeError`: one sentence.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.tables import TableError, check_keys, read_table
from training.corpus.material import Data
from training.stages.continue_pretrain import ContinuePretrain
from training.stages.finetune import Finetune
from training.stages.pretrain import Pretrain
from training.stages.stage import Stage
from training.stages.tokenize import Tokenize

KINDS: dict[str, type[Stage]] = {kind.kind: kind for kind in (Tokenize, Pretrain, ContinuePretrain, Finetune)}
KEYS = ["title", "seed", "data", "stages", "engines", "models"]


class RecipeError(Exception):
    """What is wrong with a recipe, as one sentence."""


@dataclass(frozen=True)
class _DataTable:
    questions: str
    text: str
    held_out: float


@dataclass(frozen=True)
class Recipe:
    """`engines` and `models` are the tables of the contestants file that a run writes."""

    title: str
    seed: int
    data: Data
    stages: list[Stage]
    engines: list[dict[str, Any]]
    models: list[dict[str, Any]]


def read_recipe(path: Path) -> Recipe:
    """Read and check a recipe. Raises RecipeError."""
    try:
        return _read(tomllib.loads(path.read_text(encoding="utf-8")), path.resolve().parent)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path} is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not valid TOML: {error}.") from error
    except TableError as error:
        raise RecipeError(f"{path}: {error}") from error


def _read(table: dict[str, Any], folder: Path) -> Recipe:
    check_keys(table, KEYS)
    for key, expected in (("title", str), ("seed", int), ("data", dict), ("stages", list)):
        if not isinstance(table.get(key), expected):
            raise TableError(f"the key {key!r} is missing or of the wrong type.")
    texts = read_table(_DataTable, table["data"])
    stages: list[Stage] = []
    for number, entry in enumerate(table["stages"], start=1):
        try:
            stages.append(_read_stage(entry, [stage.name for stage in stages]))
        except TableError as error:
            raise TableError(f"[[stages]] number {number}: {error}") from error
    recipe = Recipe(
        title=table["title"],
        seed=table["seed"],
        data=Data(folder / texts.questions, folder / texts.text, texts.held_out),
        stages=stages,
        engines=table.get("engines", []),
        models=table.get("models", []),
    )
    _check_contestants(recipe)
    return recipe


def _read_stage(entry: dict[str, Any], earlier: list[str]) -> Stage:
    kind = entry.get("kind")
    if kind not in KINDS:
        raise TableError(f"there is no kind {kind!r}; the kinds are {', '.join(KINDS)}.")
    stage = read_table(KINDS[kind], {key: value for key, value in entry.items() if key != "kind"})
    if stage.name in earlier:
        raise TableError(f"there are two stages called {stage.name!r}.")
    if not stage.name.replace("-", "").isalnum():
        raise TableError("'name' must be of letters, digits and hyphens.")
    for parent in stage.parents:
        if parent not in earlier:
            raise TableError(f"there is no earlier stage {parent!r}.")
    return stage


def _check_contestants(recipe: Recipe) -> None:
    """The rest of these tables is read when they are entered into the arena; that they name stages, only here."""
    names = [stage.name for stage in recipe.stages]
    for key, tables in (("base", recipe.engines), ("path", recipe.models)):
        for table in tables:
            if table.get(key, names[0] if names else None) not in names:
                raise TableError(f"{key!r} of {table.get('name')!r}: there is no stage {table[key]!r}.")
