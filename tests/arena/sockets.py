"""A page of the arena as the server sees it: a WebSocket with the participant's session cookie."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore

from arena.asgi import application
from arena.models import Participant

LOOPBACK = [(b"origin", b"http://127.0.0.1"), (b"host", b"127.0.0.1")]


class Page:
    """An open page; `received` keeps every message that came, for tests of what was never said."""

    def __init__(self, communicator: ApplicationCommunicator) -> None:
        self.communicator = communicator
        self.received: list[dict[str, Any]] = []

    async def send(self, **message: Any) -> None:
        await self.send_raw(json.dumps(message))

    async def send_raw(self, text: str) -> None:
        await self.communicator.send_input({"type": "websocket.receive", "text": text})

    async def receive(self, seconds: float = 5) -> dict[str, Any]:
        event = await self.communicator.receive_output(timeout=seconds)
        message: dict[str, Any] = json.loads(event["text"])
        self.received.append(message)
        return message

    async def until(self, kind: str) -> dict[str, Any]:
        """Read until a message of this type; an unexpected end or error is the test's failure."""
        while True:
            message = await self.receive()
            if message["type"] == kind:
                return message
            assert message["type"] not in {"error", "ended"}, message

    async def open(self, text: str = "Kaixo!", prompt: int | None = None) -> str:
        """Open a battle; return its id."""
        await self.send(type="open", text=text, prompt=prompt)
        battle: str = (await self.until("state"))["battle"]["id"]
        return battle

    async def fight(self, text: str = "Kaixo!") -> str:
        """Open a battle and wait until it can be voted on; return its id."""
        battle = await self.open(text)
        await self.until("votable")
        return battle


@asynccontextmanager
async def open_page(participant: Participant | None, *, language: str = "en") -> AsyncIterator[Page]:
    cookie = await database_sync_to_async(_session_cookie)(participant)
    communicator = ApplicationCommunicator(
        application,
        {
            "type": "websocket",
            "path": "/ws/arena/",
            "query_string": b"",
            "headers": [*LOOPBACK, (b"cookie", cookie.encode()), (b"accept-language", language.encode())],
            "subprotocols": [],
        },
    )
    await communicator.send_input({"type": "websocket.connect"})
    opened = await communicator.receive_output(timeout=5)
    assert opened["type"] == "websocket.accept", opened
    try:
        yield Page(communicator)
    finally:
        await communicator.send_input({"type": "websocket.disconnect", "code": 1001})
        await communicator.wait()


def _session_cookie(participant: Participant | None) -> str:
    session = SessionStore()
    if participant is not None:
        session["participant"] = str(participant.pk)
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
