"""Keeps one vLLM running: starts it with its adapters, watches it, starts it again, stops it with all its children."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from serving import leash, vllm
from serving.adapter_folder import AdapterRefused, check_adapter
from serving.adapters import load_missing
from serving.engine_api import is_alive
from serving.machine import has_gpu
from serving.models import Engine, LanguageModel

Say = Callable[[str], None]

# Seconds. A first start may fetch gigabytes of weights from a hub.
START_LIMIT = 3600.0
WATCH_EVERY = 2.0
FAILED_CHECKS = 3
SYNC_EVERY = 10.0
LONGEST_PAUSE = 60.0
# An engine that ran this long starts again without a pause when it dies.
SETTLED = 60.0
PATIENCE = 3.0

# An exception's last line, or what pydantic says about an argument on the line after it.
ERROR = re.compile(
    r"(?:(?:^|[\s.])(\w+(?:Error|Exception): .+)|^ +Value error, (.+?)(?: \[type=.*)?)$", flags=re.MULTILINE
)


class EngineGone(Exception):
    """Why an engine does not run (any more), as one sentence."""


class EngineProcess:
    """One vLLM with all its children, in a process group and on a leash of its own."""

    def __init__(self, engine: Engine, adapters: list[LanguageModel]) -> None:
        self.engine = engine
        self.log = log_of(engine)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._check_port()
        gpu = has_gpu()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, leash.__file__, *vllm.command(engine, adapters, gpu=gpu)],
                env=vllm.environment(engine, gpu=gpu),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_healthy(self, stop: threading.Event) -> None:
        """Return when it answers or `stop` is set. Raises EngineGone."""
        end = time.monotonic() + START_LIMIT
        while not stop.wait(0.3):
            self.check_exit("could not start")
            if is_alive(self.engine, seconds=2):
                return
            if time.monotonic() > end:
                raise EngineGone(f"Engine {self.engine.name} was not up after an hour; its log is {self.log}.")

    def check_exit(self, what: str) -> None:
        if (code := self.process.poll()) is not None:
            raise EngineGone(
                f"Engine {self.engine.name} {what} (exit code {code}{_reason(self.log)}); its log is {self.log}."
            )

    def end(self) -> None:
        """SIGTERM, then SIGKILL to the whole group. Also after its head has died: vLLM leaves children behind."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self._signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdin is not None, "opened as a pipe"
        self.process.stdin.close()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _check_port(self) -> None:
        parts = urlsplit(self.engine.url)
        with socket.socket() as probe:
            if probe.connect_ex((parts.hostname or "127.0.0.1", parts.port or 80)) == 0:
                raise EngineGone(f"Engine {self.engine.name} could not start: port {parts.port} is in use.")


def log_of(engine: Engine) -> Path:
    return Path(settings.VAR_DIR) / "log" / f"engine-{engine.name}.log"


def supervise(engine_id: int, *, stop: threading.Event, say: Say) -> None:
    """Keep the engine running until `stop` is set; every event is one sentence to `say`."""
    pause = 1.0
    while not stop.is_set():
        started = time.monotonic()
        try:
            _run(engine_id, stop=stop, say=say)
        except EngineGone as gone:
            pause = 1.0 if time.monotonic() - started > SETTLED else min(pause * 2, LONGEST_PAUSE)
            say(f"{gone} It is started again in {pause:.0f} s.")
            stop.wait(pause)
        finally:
            # This thread's own connection: nothing else would close it.
            connection.close()


def _run(engine_id: int, *, stop: threading.Event, say: Say) -> None:
    """One life of the engine, from its start to `stop`. Raises EngineGone when it ends by itself."""
    engine = Engine.objects.get(pk=engine_id)
    started = time.monotonic()
    running = EngineProcess(engine, _sound_adapters(engine, say))
    try:
        running.wait_until_healthy(stop)
        if not stop.is_set():
            say(f"Engine {engine.name} answers at {engine.url} after {time.monotonic() - started:.0f} s.")
            _watch(running, stop=stop, say=say)
    finally:
        running.end()


def _sound_adapters(engine: Engine, say: Say) -> list[LanguageModel]:
    """The contesting adapters that the engine can take: with one that it cannot, vLLM would not start at all."""
    sound = []
    for model in LanguageModel.objects.adapters_on(engine):
        try:
            check_adapter(model.path, base=engine.base_path, max_rank=engine.max_lora_rank)
            sound.append(model)
        except AdapterRefused as error:
            say(f"{model.name} is left out: {error}")
    return sound


def _watch(running: EngineProcess, *, stop: threading.Event, say: Say) -> None:
    """Look after a healthy engine until `stop`. Raises EngineGone."""
    failed, said, synced = 0, set[str](), time.monotonic()
    while not stop.wait(WATCH_EVERY):
        running.check_exit("died")
        failed = 0 if is_alive(running.engine, seconds=5) else failed + 1
        if failed == FAILED_CHECKS:
            raise EngineGone(f"Engine {running.engine.name} stopped answering; its log is {running.log}.")
        if not failed and time.monotonic() - synced > SYNC_EVERY:
            # An adapter that entered while the engine was starting, or by hand.
            synced = time.monotonic()
            for fault in set(_faults(running.engine)) - said:
                said.add(fault)
                say(fault)


def _faults(engine: Engine) -> list[str]:
    try:
        return load_missing(engine=engine)
    except AdapterRefused as error:
        return [str(error)]


def _reason(log: Path) -> str:
    """The last error in the log, as a clause; "" where there is none."""
    errors = [error or value for error, value in ERROR.findall(log.read_text(errors="replace"))]
    # vLLM ends with a RuntimeError that says only that the cause is further up.
    causes = [error for error in errors if "root cause" not in error and "initialization failed" not in error]
    return f", {causes[-1][:300].rstrip('. ')}" if causes else ""
