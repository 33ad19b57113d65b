"""The documents and the code say the same: variables, keys, commands, links, and the tests that hold the promises."""

from __future__ import annotations

import argparse
import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from arena.environment import ENV
from serving import vllm
from serving.contestants_file import EngineEntry, ModelEntry, read_contestants
from serving.models import Engine

ROOT = Path(settings.BASE_DIR)
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "fixtures").rglob("*.md")])
PACKAGES = ("arena", "serving", "training", "bench", "tests")
# Read by the code, but nobody's to set for Harea.
NOT_SETTINGS = {"PATH"}

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def table_under(document: str, heading: str) -> dict[str, str]:
    """The first column of the table under a heading, without its code marks, with the second."""
    text = (ROOT / "docs" / document).read_text()
    section = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1].strip("`") for row in rows}


# Environment variables.


def defaults_of_the_site() -> dict[str, str]:
    """Every variable of `arena.settings`, its default as the table writes it."""
    shown = {name: variable.default for name, variable in ENV.known.items()}
    shown["HAREA_VAR"] = shown["HAREA_VAR"].removeprefix(f"{ROOT}/")
    shown["DATABASE_URL"] = shown["DATABASE_URL"].replace(str(settings.VAR_DIR), "$HAREA_VAR")
    shown["SITE_URL"] = shown["SITE_URL"].replace(f":{settings.PORT}", ":$PORT")
    return shown


def defaults_of_engines(base: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a start of vLLM sets unless the organiser has."""
    with monkeypatch.context() as nothing_set:
        nothing_set.setattr("os.environ", {})
        found = vllm.environment(Engine(name="engine", base_path=str(base)), gpu=False)
    del found["VLLM_ALLOW_RUNTIME_LORA_UPDATING"]  # nobody can change it
    return {**found, "OMP_NUM_THREADS": "half of the cores"}


def variables_read_directly() -> set[str]:
    """Names in `os.environ["NAME"]` and `os.environ.get("NAME")`, where they are read and not set."""
    found = set()
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(attr="get", value=ast.Attribute(attr="environ")), args=[name, *_]):
                    found |= {name.value} if isinstance(name, ast.Constant) else set()
                case ast.Subscript(value=ast.Attribute(attr="environ"), slice=ast.Constant(value=name), ctx=ast.Load()):
                    found.add(name)
    return {str(name) for name in found} - NOT_SETTINGS


def test_every_variable_stands_in_the_table_with_its_default_and_no_other_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_under("organisers.md", "Environment variables")
    known = {**defaults_of_engines(tmp_path, monkeypatch), **defaults_of_the_site()}
    others = dict.fromkeys(variables_read_directly() - known.keys(), "")
    assert table == {**known, **others}


# The contestants file.


@pytest.mark.parametrize(
    ("heading", "entry"), [("Engines: `[[engines]]`", EngineEntry), ("Models: `[[models]]`", ModelEntry)]
)
def test_every_key_of_a_contestants_file_stands_in_its_table_with_its_default(heading: str, entry: Any) -> None:
    assert table_under("models.md", heading) == {key.name: default_of(key) for key in fields(entry)}


def default_of(key: Any) -> str:
    if key.default_factory is not MISSING:
        return str(key.default_factory())
    if key.default is MISSING:
        return "needed"
    return {"": '""', "None": "", "False": "false"}.get(str(key.default), str(key.default))


EXAMPLES = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "models.md").read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_a_contestants_file_is_understood(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in re.findall(r'key_variable = "(\w+)"', example):
        monkeypatch.setenv(variable, "a key")
    for folder in re.findall(r'^path = "(.+)"', example, flags=re.MULTILINE):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 16}')
    file = tmp_path / "my-models.toml"
    file.write_text(example)
    assert read_contestants(file).models


# Commands.


def commands_in(document: Path, start: str) -> Iterator[list[str]]:
    """The words after `start` of every command in the document, up to the end of its line or code mark."""
    for line in re.findall(rf"(?:^|[`\s]){start} ([^`\n#|]+)", document.read_text(), flags=re.MULTILINE):
        # What is punctuation of a sentence, or stands for something, is no word of a command.
        yield shlex.split(line.replace("…", "").replace("\\", ""))


def options_of(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}


@cache
def parser_of(command: str) -> argparse.ArgumentParser:
    app = get_commands()[command]
    loaded = load_command_class(app, command) if isinstance(app, str) else app
    return loaded.create_parser("manage.py", command)


@every_document
def test_every_management_command_exists_with_its_options(document: Path) -> None:
    for command, *words in commands_in(document, r"python manage\.py"):
        assert command in get_commands(), command
        assert options_of(words) <= parser_of(command)._option_string_actions.keys(), (command, words)


@pytest.mark.parametrize("command", sorted(name for name, app in get_commands().items() if app in PACKAGES))
def test_every_option_of_a_command_of_ours_says_what_it_is(command: str) -> None:
    assert [action.dest for action in parser_of(command)._actions if not action.help] == []


@every_document
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    # In running text "make" is also a verb: only what stands in code is a command.
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(), flags=re.MULTILINE))
    assert named <= targets


@every_document
def test_every_module_that_is_started_exists_with_its_options(document: Path) -> None:
    for module, *words in commands_in(document, "python -m"):
        package = module.partition(".")[0]
        # Of somebody else's, the package alone: to look into vLLM would import it.
        assert find_spec(module if package in PACKAGES else package), module
        if options_of(words) and package in PACKAGES:
            assert options_of(words) <= help_of(module, *_subcommand(words)), (module, words)


def _subcommand(words: list[str]) -> list[str]:
    return words[:1] if words[0].isalpha() else []


@cache
def help_of(*module: str) -> set[str]:
    """The options that a program of ours names in its help."""
    command = [sys.executable, "-m", *module, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(re.findall(r"--[a-z][a-z-]*", done.stdout))


# Links, pictures, promises.


@every_document
def test_every_link_and_picture_exists(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|mailto:)([^)#]*)(#[^)]*)?\)", document.read_text())
    for place, anchor in links:
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), place
        assert not anchor or anchor[1:] in anchors_of(target), anchor


def anchors_of(document: Path) -> set[str]:
    """Anchors of the headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


PROMISES = re.findall(
    r"^\| (\d+) \| .*? \| (.+) \|$", (ROOT / "docs" / "developers.md").read_text(), flags=re.MULTILINE
)


def test_there_are_twelve_promises() -> None:
    assert [int(number) for number, _tests in PROMISES] == list(range(1, 13))


@pytest.mark.parametrize("tests", [tests for _number, tests in PROMISES], ids=[number for number, _tests in PROMISES])
def test_every_promise_is_held_by_tests_that_exist(tests: str) -> None:
    named = re.findall(r"`([\w/.]+)::(\w+)`", tests)
    assert named
    for file, test in named:
        assert re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(), flags=re.MULTILINE), f"{file}::{test}"


@every_document
def test_the_documents_speak_of_the_project_alone(document: Path) -> None:
    text = document.read_text()
    assert "/work/" not in text
    assert "/tmp/" not in text  # noqa: S108
