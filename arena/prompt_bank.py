"""Brings a file of prompts into the bank, as often as one likes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from arena.models import Prompt
from arena.models.prompts import prompt_hash

NEEDED = {"text": str, "category": str, "difficulty": str, "held_out": bool}
# `question` names the pair of the demo text that a prompt was made from; only training asks for it.
OPTIONAL = {"language": str, "question": str}


class PromptFileError(Exception):
    """What is wrong with a file of prompts, as one sentence that names the line."""


@dataclass(frozen=True)
class Loaded:
    new: int
    known: int


def load_prompts(path: Path) -> Loaded:
    """Write every prompt of a JSON Lines file into the bank; a known prompt is brought up to date.

    Raises PromptFileError, and then nothing of the file is written.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PromptFileError(f"{path} cannot be read: {error}.") from error
    new = 0
    with transaction.atomic():
        for number, line in enumerate(lines, start=1):
            try:
                new += _save(_read(line))
            except (PromptFileError, ValidationError) as error:
                says = " ".join(error.messages) if isinstance(error, ValidationError) else error
                raise PromptFileError(f"{path}, line {number}: {says}") from error
    return Loaded(new=new, known=len(lines) - new)


def _read(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise PromptFileError("this is no JSON.") from error
    if not isinstance(entry, dict):
        raise PromptFileError("this is no object.")
    for key in entry.keys() - NEEDED.keys() - OPTIONAL.keys():
        raise PromptFileError(f"there is no key {key!r}.")
    for key, kind in (NEEDED | {key: OPTIONAL[key] for key in entry.keys() & OPTIONAL.keys()}).items():
        if not isinstance(entry.get(key), kind):
            raise PromptFileError(f"{key!r} is missing or of the wrong type.")
    return entry


def _save(entry: dict[str, Any]) -> bool:
    """Whether the prompt is new."""
    language, key = entry.get("language", "eu"), prompt_hash(entry["text"])
    known = Prompt.objects.filter(language=language, hash=key).first()
    prompt = known or Prompt(language=language, hash=key)
    for name in NEEDED:
        setattr(prompt, name, entry[name])
    prompt.full_clean(validate_unique=False, validate_constraints=False)
    prompt.save()
    return known is None
