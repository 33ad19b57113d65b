"""What the supervisor of a training run tells the programs `prefer` and `gate`, as a JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from serving.tables import TableError, read_table


class ConfigError(Exception):
    """What is wrong with a configuration, as one sentence."""


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """`adapter` is "" where the parent is a bare base; `pairs` is the folder of an export.

    `progress` is a file to which one JSON object a line is added. Beside a running engine one thread is fastest.
    """

    base: str
    pairs: str
    out: str
    progress: str
    language: str
    adapter: str = ""
    system_prompt: str = ""
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 256
    threads: int = 1
    seed: int = 1


Config = TypeVar("Config", bound=RunConfig)


def read_config(cls: type[Config], path: Path) -> Config:
    """Raises ConfigError."""
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return read_table(cls, {key: value for key, value in table.items() if value is not None})
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path} cannot be read as JSON: {error}.") from error
    except TableError as error:
        raise ConfigError(f"{path}: {error}") from error
