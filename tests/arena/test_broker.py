"""The default broker: a folder of messages."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.simple import SimpleQueue

from arena.broker import Transport
from arena.celery import app

# Takes long enough to write that a reader looks in the middle.
LONG = "a" * 20_000_000


@pytest.fixture
def options(tmp_path: Path) -> dict[str, object]:
    """A broker of the test's own."""
    folders = ("data_folder_in", "data_folder_out", "processed_folder", "control_folder")
    places = dict(zip(folders, ("queue", "queue", "processed", "control"), strict=True))
    for place in places.values():
        (tmp_path / place).mkdir(exist_ok=True)
    return {**{folder: str(tmp_path / place) for folder, place in places.items()}, "store_processed": True}


def test_jobs_are_sent_by_it() -> None:
    assert isinstance(app.connection_for_write().transport, Transport)


def test_a_message_is_never_taken_before_it_is_whole(options: dict[str, object]) -> None:
    sender = threading.Thread(target=send, args=[options, LONG])
    with Connection("filesystem://", transport_options=options) as broker:
        queue = broker.SimpleQueue("jobs")
        sender.start()
        assert take(queue) == LONG
    sender.join()


def send(options: dict[str, object], message: str) -> None:
    with Connection("filesystem://", transport_options=options) as broker:
        broker.SimpleQueue("jobs").put(message)


def take(queue: SimpleQueue, *, seconds: float = 30) -> object:
    """Look again and again, as a worker does, but without a pause."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            message = queue.get_nowait()
        except Empty:
            continue
        message.ack()
        return message.payload
    raise AssertionError("no message came")
