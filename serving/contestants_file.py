"""The contestants file: which engines there are and which models they serve, in strict TOML.

    [[engines]]
    name = "qwen"
    base = "Qwen/Qwen2.5-0.5B-Instruct"    # a hub name, or a folder beside this file
    max_lora_rank = 16

    [[models]]
    name = "qwen-small"
    title = "Qwen2.5 0.5B"
    kind = "base"
    engine = "qwen"

An engine with `url` runs elsewhere; one without is started by the site. Anything that cannot be understood
is a `ContestantsError`: one sentence that names the table and the key.
"""

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from serving.adapter_folder import AdapterRefused, check_adapter
from serving.tables import TableError, check_keys, read_table

NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w.-]+")
KINDS = ["base", "adapter", "remote"]
# The ranks that vLLM can be started with; 0 is an engine without adapters.
RANKS = [0, 1, 8, 16, 32, 64, 128, 256, 320, 512]


class ContestantsError(Exception):
    """What is wrong with a contestants file, as one sentence."""


@dataclass(frozen=True)
class EngineEntry:
    name: str
    base: str = ""
    url: str = ""
    key_variable: str = ""
    max_lora_rank: int = 0
    context_length: int = 2048
    arguments: list[str] = field(default_factory=list)

    @property
    def managed(self) -> bool:
        """Whether the site starts it."""
        return not self.url


@dataclass(frozen=True)
class ModelEntry:
    """`served_name` is what an engine elsewhere calls it, `revision` its version where the weights are elsewhere."""

    name: str
    title: str
    kind: str
    engine: str
    path: str = ""
    served_name: str = ""
    revision: str = ""
    licence: str = ""
    description: str = ""
    parameters: int | None = None
    demo: bool = False
    system_prompt: str = ""
    temperature: float = 0.7
    top_p: float = 0.95
    max_tokens: int = 512


@dataclass(frozen=True)
class ContestantsFile:
    path: Path
    engines: list[EngineEntry]
    models: list[ModelEntry]

    def engine(self, name: str) -> EngineEntry | None:
        return next((engine for engine in self.engines if engine.name == name), None)

    def base_on(self, engine: str) -> ModelEntry | None:
        return next((model for model in self.models if model.engine == engine and model.kind == "base"), None)


def read_contestants(path: Path) -> ContestantsFile:
    """Read and check the file, its folders and its adapters. Raises ContestantsError."""
    try:
        return _read(_parse(path), path)
    except TableError as error:
        raise ContestantsError(f"{path}: {error}") from error


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ContestantsError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ContestantsError(f"{path} is not UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ContestantsError(f"{path} is not valid TOML: {error}.") from error


def _read(data: dict[str, Any], path: Path) -> ContestantsFile:
    check_keys(data, ["engines", "models"])
    engines: dict[str, EngineEntry] = {}
    for number, table in enumerate(_tables(data, "engines"), start=1):
        with _Where("engines", number, table):
            engine = _check_engine(read_table(EngineEntry, table), path.parent)
            _check_new(engine.name, engines)
            engines[engine.name] = engine
    file = ContestantsFile(path=path, engines=list(engines.values()), models=[])
    for number, table in enumerate(_tables(data, "models"), start=1):
        with _Where("models", number, table):
            model = _check_model(read_table(ModelEntry, table), file)
            _check_new(model.name, [other.name for other in file.models])
            file.models.append(model)
    for number, model in enumerate(file.models, start=1):
        with _Where("models", number, {"name": model.name}):
            _check_on_engine(model, file)
    return file


def _tables(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    tables = data.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise TableError(f"write each of {key!r} as a table [[{key}]].")
    if not tables:
        raise TableError(f"there is no table [[{key}]].")
    return tables


class _Where:
    """Puts the table's name before the sentence of a TableError."""

    def __init__(self, key: str, number: int, table: dict[str, Any]) -> None:
        name = table.get("name")
        self.words = f"[[{key}]] {name!r}" if isinstance(name, str) else f"[[{key}]] number {number}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TableError):
            raise TableError(f"{self.words}: {error}") from error


def _check_new(name: str, names: Iterable[str]) -> None:
    if not NAME.fullmatch(name):
        raise TableError("'name' must be of lower-case letters, digits, dots, hyphens and underscores.")
    if name in names:
        raise TableError("there are two tables with this 'name'.")


def _check_engine(engine: EngineEntry, folder: Path) -> EngineEntry:
    """The engine with its folder made absolute."""
    if engine.managed and not engine.base:
        raise TableError("give 'base' (the weights to serve) or 'url' (an engine that runs elsewhere).")
    if not engine.managed and not engine.url.startswith(("http://", "https://")):
        raise TableError("'url' must begin with http:// or https://.")
    if engine.key_variable and engine.managed:
        raise TableError("'key_variable' is only for an engine with 'url'.")
    if engine.key_variable and engine.key_variable not in os.environ:
        raise TableError(f"'key_variable' names {engine.key_variable}, which is not set in the environment.")
    if engine.max_lora_rank not in RANKS:
        raise TableError(f"'max_lora_rank' must be one of {', '.join(map(str, RANKS))}.")
    if engine.context_length < 1:
        raise TableError("'context_length' must be at least 1.")
    return replace(engine, base=_local(engine.base, folder, "base")) if engine.managed else engine


def _local(value: str, folder: Path, key: str) -> str:
    """An absolute folder for a local path, the name itself for a hub name."""
    path = (folder / Path(value).expanduser()).resolve()
    if path.is_dir():
        return str(path)
    if HUB_NAME.fullmatch(value):
        return value
    raise TableError(f"{key!r}: there is no folder {path}.")


def _check_model(model: ModelEntry, file: ContestantsFile) -> ModelEntry:
    """The model alone, with its path made absolute and its served name filled in."""
    engine = file.engine(model.engine)
    if engine is None:
        raise TableError(f"'engine': there is no engine {model.engine!r} in this file.")
    if model.kind not in KINDS:
        raise TableError(f"'kind' must be one of {', '.join(KINDS)}.")
    if engine.managed and (model.kind == "remote" or model.served_name):
        raise TableError("'kind' remote and 'served_name' are only for an engine with 'url'.")
    if model.path and model.kind != "adapter":
        raise TableError("'path' is only for an adapter; the weights of a base are the 'base' of its engine.")
    if model.kind == "adapter" and engine.managed:
        if not model.path:
            raise TableError("the key 'path' is missing: the folder of the adapter.")
        path = (file.path.parent / Path(model.path).expanduser()).resolve()
        if not path.is_dir():
            raise TableError(f"'path': there is no folder {path}.")
        model = replace(model, path=str(path))
    if not 0 <= model.temperature <= 2 or not 0 < model.top_p <= 1 or model.max_tokens < 1:
        raise TableError("'temperature' must be in 0 to 2, 'top_p' above 0 and at most 1, 'max_tokens' at least 1.")
    return replace(model, served_name=model.served_name or model.name)


def _check_on_engine(model: ModelEntry, file: ContestantsFile) -> None:
    """The model beside the others on its engine."""
    engine = file.engine(model.engine)
    assert engine is not None, model
    names = [other.served_name for other in file.models if other.engine == model.engine]
    if names.count(model.served_name) > 1:
        raise TableError(f"the engine {model.engine!r} already serves a model as {model.served_name!r}.")
    base = file.base_on(model.engine)
    if model.kind == "base" and base != model:
        raise TableError(f"the engine {model.engine!r} has another base model already.")
    if model.kind == "adapter" and base is None:
        raise TableError(f"the engine {model.engine!r} has no model of kind base for this adapter.")
    if model.kind == "adapter" and engine.managed:
        try:
            check_adapter(model.path, base=engine.base, max_rank=engine.max_lora_rank)
        except AdapterRefused as error:
            raise TableError(str(error)) from error
