"""`manage.py prepare`: everything a start needs, as often as one likes."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from arena.models import Prompt
from arena.people.organiser import first_password

pytestmark = pytest.mark.django_db

PROMPT = {"text": "Zer da kaiku bat?", "category": "food", "difficulty": "easy", "held_out": False}


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    """Static files too: tests that run beside this one serve those of the suite while these are collected."""
    settings.VAR_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"


def prepare() -> str:
    out = StringIO()
    call_command("prepare", stdout=out)
    return out.getvalue()


def load(folder: Path, *entries: Any) -> None:
    file = folder / "prompts.jsonl"
    file.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    call_command("load_prompts", str(file), verbosity=0)


def test_the_bank_is_filled_with_its_hold_out() -> None:
    prepare()
    assert Prompt.objects.count() >= 120
    assert Prompt.objects.filter(held_out=True).count() >= 40
    assert Prompt.objects.values("category").distinct().count() >= 8


def test_the_organiser_can_sign_in_with_the_printed_password(client: Client) -> None:
    found = re.search(r"account: (\S+), password (\S+)", prepare())
    assert found is not None
    assert client.login(username=found[1], password=found[2])
    assert User.objects.get().is_superuser
    assert set(Group.objects.values_list("name", flat=True)) == {"researchers", "stewards"}


def test_the_password_is_forgotten_once_it_was_used(client: Client) -> None:
    prepare()
    password = first_password()
    assert password is not None
    client.login(username="organiser", password=password)
    assert first_password() is None


def test_the_password_on_disk_is_for_its_owner_only(tmp_path: Path) -> None:
    prepare()
    assert (tmp_path / "organiser-password").stat().st_mode & 0o077 == 0


def test_preparing_twice_changes_nothing_and_says_nothing() -> None:
    prepare()
    before = (list(Prompt.objects.order_by("id").values()), list(User.objects.values()))
    assert prepare() == ""
    assert (list(Prompt.objects.order_by("id").values()), list(User.objects.values())) == before


def test_a_known_prompt_is_brought_up_to_date(tmp_path: Path) -> None:
    load(tmp_path, PROMPT)
    load(tmp_path, {**PROMPT, "text": "zer da  kaiku bat", "held_out": True})
    assert Prompt.objects.get().held_out


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({**PROMPT, "colour": 1}, "line 2: there is no key 'colour'."),
        ({"text": "Zer?"}, "line 2: 'category' is missing or of the wrong type."),
        ({**PROMPT, "held_out": "no"}, "line 2: 'held_out' is missing or of the wrong type."),
        ({**PROMPT, "difficulty": "brutal"}, "line 2: "),
        (["Zer?"], "line 2: this is no object."),
    ],
)
def test_a_fault_in_a_file_of_prompts_names_its_line_and_writes_nothing(
    tmp_path: Path, entry: Any, sentence: str
) -> None:
    with pytest.raises(CommandError) as caught:
        load(tmp_path, PROMPT, entry)
    assert sentence in str(caught.value)
    assert caught.value.returncode == 2
    assert not Prompt.objects.exists()
