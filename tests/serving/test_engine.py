"""Engines that the site keeps running: a real vLLM comes back after kill -9 with its adapters, and leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from serving import leash
from serving.adapters import served_names
from serving.engine import supervise
from serving.models import Engine, LanguageModel
from tests.processes import Running, free_port, in_group, running, wait_for, with_variable
from tests.serving.weights import make_base
from tests.stand_in_engine import StandInEngine
from tests.tiny_model import TinyWeights, tiny_weights  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)

START_SECONDS = 240


@contextmanager
def supervised(engine: Engine) -> Iterator[list[str]]:
    """Supervise the engine in a thread; yields the sentences said so far."""
    said: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=supervise, args=(engine.pk,), kwargs={"stop": stop, "say": said.append})
    thread.start()
    try:
        yield said
    finally:
        stop.set()
        thread.join()


def server_of(engine: Engine) -> Running:
    """The process that listens: vLLM itself, not the leash that holds it."""
    port = f"--port {engine.url.rsplit(':')[-1].removesuffix('/v1')} "
    return next(one for one in running() if port in one.command and leash.__file__ not in one.command)


@pytest.mark.engine
def test_an_engine_killed_comes_back_with_its_adapters_and_stops_with_all_its_children(
    tiny_weights: TinyWeights,  # noqa: F811
    tmp_path: Path,
    settings: Settings,
) -> None:
    settings.ENGINE_PORT = free_port()
    call_command("enter_contestants", str(tiny_weights.contestants(tmp_path / "tiny.toml")))
    engine = Engine.objects.get()
    with supervised(engine) as said:
        wait_for(lambda: "answers" in " ".join(said), seconds=START_SECONDS, what="the start")
        first = server_of(engine)
        os.kill(first.pid, signal.SIGKILL)
        wait_for(lambda: len(said) == 3, seconds=START_SECONDS, what="the second start")
        assert "died" in said[1]
        assert "answers" in said[2]
        wait_for(lambda: not in_group(first.group), seconds=5, what="the end of the killed engine's children")
        assert served_names(engine=engine) == {"bare", "first", "second"}
        second, started = server_of(engine), time.monotonic()
    assert time.monotonic() - started < 5
    wait_for(lambda: not in_group(second.group), seconds=5, what="the end of the stopped engine's children")


@pytest.mark.engine
def test_an_engine_that_cannot_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    folder = make_base(tmp_path / "base")
    url = f"http://127.0.0.1:{free_port()}/v1"
    engine = Engine.objects.create(name="broken", url=url, managed=True, base_path=str(folder))
    with supervised(engine) as said:
        wait_for(lambda: said, seconds=START_SECONDS, what="the sentence")
    assert said[0].startswith(f"Engine broken could not start (exit code 1, Unrecognized model in {folder}")
    assert "engine-broken.log" in said[0]


def test_a_port_that_is_taken_is_named(engine: StandInEngine, tmp_path: Path) -> None:
    row = Engine.objects.create(name="late", url=engine.url, managed=True, base_path=str(tmp_path))
    with supervised(row) as said:
        wait_for(lambda: said, seconds=5, what="the sentence")
    assert "Engine late could not start: port" in said[0]


def test_an_adapter_that_cannot_be_served_is_left_out_of_the_start(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    row = Engine.objects.create(name="e", url=url, managed=True, base_path=str(tmp_path / "nowhere"), max_lora_rank=8)
    bare = LanguageModel.objects.create(name="bare", kind="base", engine=row, served_name="bare", revision="1")
    LanguageModel.objects.create(
        name="lost",
        kind="adapter",
        base=bare,
        engine=row,
        served_name="lost",
        revision="1",
        path=str(tmp_path / "lost"),
    )
    with supervised(row) as said:
        wait_for(lambda: said, seconds=5, what="the sentence")
    assert said[0] == f"lost is left out: There is no adapter in {tmp_path / 'lost'}."


def test_without_an_engine_the_command_idles_and_says_so() -> None:
    mark = str(uuid.uuid4())
    environment = {**os.environ, "HAREA_TEST_MARK": mark}
    command = [sys.executable, "-c", IDLE]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("There is no engine to start")
        process.terminate()
        assert process.wait(5) == 0
    assert not with_variable(f"HAREA_TEST_MARK={mark}")


# The command on an empty database of its own, as a process, since it waits for a signal.
IDLE = """
import os, tempfile
folder = tempfile.TemporaryDirectory()
os.environ |= {"HAREA_VAR": folder.name, "DATABASE_URL": f"sqlite:///{folder.name}/idle.sqlite3"}
os.environ["DJANGO_SETTINGS_MODULE"] = "arena.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("serve_engine")
"""


def test_what_is_on_a_leash_ends_when_its_holder_is_killed() -> None:
    holder = (
        "import subprocess, sys, time\n"
        f"command = [sys.executable, {leash.__file__!r}, 'sh', '-c', 'sleep 60 & exec sleep 60']\n"
        "print(subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        group = int(process.stdout.readline())
        wait_for(lambda: len(in_group(group)) == 3, seconds=5, what="the start")
        process.kill()
    wait_for(lambda: not in_group(group), seconds=6, what="the end")
