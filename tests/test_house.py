"""The rules of the house: three floors, no circle of files, plain maths, a web process without machine learning."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("arena", "serving", "training")
HEAVY = ("torch", "transformers", "trl", "vllm", "peft", "datasets")
PLAIN = [
    "arena/ranking",
    "serving/client.py",
    "training/corpus",
    "training/tokenizer",
    "training/stages",
    "training/evaluation",
    "training/recipe.py",
    "training/gate.py",
]


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(path): path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
}


def imports_of(path: Path) -> set[str]:
    """Modules a file imports; of our own ones those files that really are modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (named & FILES.keys()) or {node.module}
    return found


def starts_with(module: str, *roots: str) -> bool:
    return any(module == root or module.startswith(f"{root}.") for root in roots)


def test_serving_imports_neither_of_the_others() -> None:
    wrong = {
        (name, used) for name, path in FILES.items() if starts_with(name, "serving")
        for used in imports_of(path) if starts_with(used, "arena", "training")
    }  # fmt: skip
    assert wrong == set()


def test_arena_never_imports_training() -> None:
    wrong = {
        (name, used) for name, path in FILES.items() if starts_with(name, "arena")
        for used in imports_of(path) if starts_with(used, "training")
    }  # fmt: skip
    assert wrong == set()


def test_there_is_no_circle_of_files() -> None:
    graph = {
        name: {used for used in imports_of(path) if used in FILES and used != name} for name, path in FILES.items()
    }
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("place", PLAIN)
def test_maths_and_machine_learning_know_no_django(place: str) -> None:
    paths = [path for path in FILES.values() if path == ROOT / place or (ROOT / place) in path.parents]
    assert paths, f"{place} holds no code"
    wrong = {(path.name, used) for path in paths for used in imports_of(path) if starts_with(used, "django")}
    assert wrong == set()


def test_the_web_process_imports_no_machine_learning() -> None:
    code = f"""
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "arena.settings"
import arena.asgi
from django.urls import get_resolver
get_resolver().url_patterns
print(sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted(FILES.values()), ids=str)
def test_the_project_speaks_of_itself_alone(path: Path) -> None:
    text = path.read_text()
    assert "/work/" not in text
    assert "/tmp/" not in text  # noqa: S108
