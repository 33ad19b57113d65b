"""`manage.py start`: the parts come up, and go without a trace; a real site with a real engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import free_port, running, wait_for, with_variable
from tests.tiny_model import TinyWeights, tiny_weights  # noqa: F401  (a fixture)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """An environment in which a site has a folder and ports of its own."""
    return {
        **os.environ,
        "HAREA_VAR": str(tmp_path / "var"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/start.sqlite3",
        "PORT": str(free_port()),
        "ENGINE_PORT": str(free_port()),
    }


def manage(place: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=place, capture_output=True, text=True, check=False)


@contextmanager
def started(place: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A site that has said where it answers."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start"], cwd=ROOT, env=place, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(
            lambda: (
                f"Harea answers at http://127.0.0.1:{place['PORT']}" in log.read_text() or process.poll() is not None
            ),
            seconds=300,
            what="the start",
        )
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.terminate()
        process.wait(15)


def left_behind(place: dict[str, str]) -> list[str]:
    return [process.command for process in with_variable(f"HAREA_VAR={place['HAREA_VAR']}")]


@pytest.mark.engine
def test_a_site_starts_whole_and_stops_without_a_trace(
    place: dict[str, str],
    tiny_weights: TinyWeights,  # noqa: F811
    tmp_path: Path,
) -> None:
    manage(place, "prepare")
    manage(place, "enter_contestants", str(tiny_weights.contestants(tmp_path / "tiny.toml")))
    log = tmp_path / "start.log"
    with started(place, log) as process:
        for address in ("readyz", "static/arena/style.css"):
            with urllib.request.urlopen(f"http://127.0.0.1:{place['PORT']}/{address}") as response:
                assert response.status == 200
        examined = manage(place, "doctor")
        assert examined.returncode == 0, examined.stdout
        assert "as organiser, password" in log.read_text()
        assert "Warning" not in log.read_text()
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    assert time.monotonic() - asked < 10
    assert left_behind(place) == []


@pytest.mark.engine
def test_a_part_that_dies_ends_the_whole_with_a_sentence(place: dict[str, str], tmp_path: Path) -> None:
    manage(place, "prepare")
    log = tmp_path / "start.log"
    with started(place, log) as process:
        site = next(one for one in running() if f"--port {place['PORT']} " in one.command)
        os.kill(site.pid, signal.SIGKILL)
        assert process.wait(20) == 1
    assert "The part web ended by itself" in log.read_text()
    assert left_behind(place) == []


def test_a_port_that_is_taken_is_named_before_anything_starts(place: dict[str, str]) -> None:
    manage(place, "migrate", "-v0")
    with socket.create_server(("127.0.0.1", int(place["PORT"]))):
        refused = manage(place, "start")
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{place['PORT']}" in refused.stderr
    assert "another port with PORT" in refused.stderr
    assert "Starting" not in refused.stdout
