"""The doctor names every fault with what to do about it, and its exit code says whether something must be done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from arena import checks
from arena.models import WorkerBeat
from arena.settings import BASE_DIR
from tests.arena.cast import make_engine, make_model
from tests.stand_in_engine import StandInEngine

pytestmark = pytest.mark.django_db


@pytest.fixture
def healthy(engine: StandInEngine) -> StandInEngine:
    """A site without a fault: a beating worker, and an engine that holds its adapter."""
    WorkerBeat.objects.create(worker="worker", at=timezone.now())
    row = make_engine("demo", url=engine.url, managed=True)
    base = make_model("bare", engine=row)
    make_model("child", engine=row, kind="adapter", base=base)
    engine.models |= {"bare": "", "child": ""}
    return engine


def examine() -> tuple[str, int]:
    """What the doctor prints, and its exit code."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


@pytest.mark.usefixtures("healthy")
def test_a_healthy_site_has_no_errors() -> None:
    said, code = examine()
    assert code == 0
    assert "error" not in said
    assert "ok      adapters: engine demo holds all 1" in said


@pytest.mark.usefixtures("healthy")
def test_a_silent_worker_is_an_error_with_a_hint() -> None:
    WorkerBeat.objects.all().delete()
    said, code = examine()
    assert code == 1
    assert "error   worker: no sign of life in the last 60 seconds\n        Start the site with `make run`" in said


def test_an_engine_that_is_down_is_an_error_that_names_its_log(healthy: StandInEngine) -> None:
    healthy.stop()
    said, code = examine()
    assert code == 1
    assert "error   engine demo: does not answer" in said
    assert "engine-demo.log" in said


def test_an_adapter_that_the_engine_lacks_is_an_error(healthy: StandInEngine) -> None:
    del healthy.models["child"]
    said, code = examine()
    assert code == 1
    assert "error   adapters: engine demo does not hold child" in said


def test_an_arena_without_models_is_a_warning() -> None:
    said, _code = examine()
    assert "warning engines: there is no model in the arena\n        Run: python manage.py enter_contestants" in said


@pytest.mark.usefixtures("healthy")
def test_static_files_that_were_not_collected_are_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    said, code = examine()
    assert code == 1
    assert "error   static files: not collected" in said


@pytest.mark.usefixtures("healthy")
def test_translations_that_were_not_compiled_are_a_warning(settings: Settings, tmp_path: Path) -> None:
    catalogue = tmp_path / "eu" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text("")
    settings.LOCALE_PATHS = [tmp_path]
    assert "warning translations: not compiled: eu" in examine()[0]


@pytest.mark.parametrize(
    ("changes", "check", "number"),
    [
        ({"SITE_URL": "arena.example"}, checks.check_site_url, "arena.E004"),
        ({"SITE_URL": "https://arena.example/path"}, checks.check_site_url, "arena.E004"),
        ({"SITE_URL": "https://arena.example"}, checks.check_site_url, "arena.E005"),
        ({"SITE_URL": "https://arena.example", "DEBUG": True}, checks.check_public_site, "arena.E006"),
        ({"SITE_URL": "https://arena.example", "ALLOWED_HOSTS": ["*"]}, checks.check_public_site, "arena.W007"),
        ({"SITE_URL": "http://arena.example"}, checks.check_public_site, "arena.W008"),
        ({"SECRET_KEY": "short"}, checks.check_secret_key, "arena.E009"),
    ],
)
def test_every_mistake_in_the_settings_has_an_id_and_a_hint(
    settings: Settings, changes: dict[str, object], check: Callable[[], list[checks.CheckMessage]], number: str
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    (message,) = check()
    assert message.id == number
    assert message.hint


def test_a_broker_folder_that_is_missing_is_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.BROKER_URL = "filesystem://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path / "queue")}
    assert [message.id for message in checks.check_broker_folder()] == ["arena.E002"]


def test_a_database_that_cannot_be_made_is_an_error_and_the_rest_is_examined(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nowhere/harea.sqlite3"
    environment = {**os.environ, "HAREA_VAR": str(tmp_path), "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "doctor"]
    examined = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    assert examined.returncode == 1
    assert f"error   arena.E001: The database cannot be written: {tmp_path}/nowhere is missing" in examined.stdout
    assert "error   database: does not answer" in examined.stdout
    assert "translations: " in examined.stdout


def test_a_disk_that_is_nearly_full_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_FREE_BYTES", 1 << 60)
    assert [message.id for message in checks.check_disk()] == ["arena.W003"]


def test_the_default_settings_have_no_fault() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checks, "LEAST_FREE_BYTES", 0)
        out = StringIO()
        call_command("check", stdout=out, no_color=True)
    assert "no issues" in out.getvalue()
