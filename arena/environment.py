"""Strict reading of environment variables: what cannot be understood stops the start with a sentence.

Every variable is read through `ENV`, which remembers it, so that the table in the documentation can be
tested against the code.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Variable:
    name: str
    default: str
    meaning: str


@dataclass
class Environment:
    """Typed access to `values`; `known` lists every variable asked for, in order."""

    values: Mapping[str, str]
    known: dict[str, Variable] = field(default_factory=dict)

    def text(self, name: str, default: str, meaning: str) -> str:
        self.known[name] = Variable(name, default, meaning)
        return self.values.get(name, default)

    def flag(self, name: str, default: bool, meaning: str) -> bool:
        value = self.text(name, "true" if default else "false", meaning).lower()
        if value not in {"true", "false", "1", "0", "yes", "no"}:
            raise ImproperlyConfigured(f"{name} is {value!r}; write true or false.")
        return value in {"true", "1", "yes"}

    def integer(self, name: str, default: int, meaning: str, *, minimum: int = 0) -> int:
        value = self.text(name, str(default), meaning)
        if not value.isdecimal() or int(value) < minimum:
            raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number of at least {minimum}.")
        return int(value)

    def number(self, name: str, default: float, meaning: str) -> float:
        value = self.text(name, str(default), meaning)
        try:
            return float(value)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} is {value!r}; write a number such as {default}.") from error

    def share(self, name: str, default: float, meaning: str) -> float:
        value = self.number(name, default, meaning)
        if not 0 <= value <= 1:
            raise ImproperlyConfigured(f"{name} is {value}; write a share between 0 and 1.")
        return value

    def items(self, name: str, default: str, meaning: str) -> list[str]:
        return [item.strip() for item in self.text(name, default, meaning).split(",") if item.strip()]


ENV = Environment(os.environ)
