"""The site itself, listening: uvicorn with the real application in a thread of the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from arena.asgi import application


@contextmanager
def live_site() -> Iterator[str]:
    """Yield the site's host and port. The test's database must be one that threads can share."""
    config = uvicorn.Config(application, port=0, lifespan="off", ws="websockets-sansio", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="site", daemon=True)
    thread.start()
    patience = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive(), "uvicorn did not start"
        assert time.monotonic() < patience, "uvicorn did not start in time"
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
