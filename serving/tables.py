"""Reads a TOML table into a dataclass, strictly: no unknown key, no missing key, no wrong type."""

import types
from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Entry = TypeVar("Entry")
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list of texts"}


class TableError(Exception):
    """What is wrong with a table, without its name: "there is no key 'colour' …"."""


def check_keys(table: dict[str, Any], keys: Iterable[str]) -> None:
    keys = list(keys)
    for key in table:
        if key not in keys:
            raise TableError(f"there is no key {key!r}; the keys are {', '.join(keys)}.")


def read_table(cls: type[Entry], table: dict[str, Any]) -> Entry:
    """`table` as an instance of the dataclass `cls`. Raises TableError."""
    types_of = get_type_hints(cls)
    check_keys(table, types_of)
    for entry in fields(cls):  # type: ignore[arg-type]  # a dataclass
        if entry.name not in table and _is_required(entry):
            raise TableError(f"the key {entry.name!r} is missing.")
    return cls(**{key: _typed(key, value, types_of[key]) for key, value in table.items()})


def _is_required(entry: Field[Any]) -> bool:
    return entry.default is MISSING and entry.default_factory is MISSING


def _typed(key: str, value: Any, expected: Any) -> Any:
    """`value` if it is of the type `expected`; whole numbers are numbers, true and false are neither."""
    if get_origin(expected) in {Union, types.UnionType}:
        expected = next(option for option in get_args(expected) if option is not type(None))
    kind = get_origin(expected) or expected
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind or (kind is list and not all(isinstance(item, str) for item in value)):
        raise TableError(f"{key!r} must be {WORDS[kind]}.")
    return value
