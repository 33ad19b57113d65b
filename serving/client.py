"""Asks an OpenAI-compatible server for one streamed answer. Plain asyncio and aiohttp, no Django.

Every way in which a server can fail becomes an `EngineFailure` with a kind; nothing of the server's own words
travels further, since they could name the model.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Endpoint:
    """Root of an OpenAI-compatible API, such as http://127.0.0.1:8001/v1, and its key."""

    url: str
    key: str = ""


@dataclass(frozen=True)
class Limits:
    """Longest waits in seconds: for the first token, between two pieces, for the whole answer."""

    first: float
    next: float
    total: float


@dataclass(frozen=True)
class Piece:
    """New text of an answer; the last pieces carry why it ended and how many tokens it had."""

    text: str = ""
    finish_reason: str = ""
    tokens: int | None = None


class EngineFailure(Exception):
    """The answer will not come. `kind` is one of unreachable, refused, slow, hung, long, garbled, broken."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {detail}" if detail else kind)
        self.kind = kind


async def stream_chat(
    session: aiohttp.ClientSession,
    endpoint: Endpoint,
    *,
    model: str,
    messages: Sequence[dict[str, str]],
    decoding: dict[str, Any],
    limits: Limits,
) -> AsyncIterator[Piece]:
    """Yield the answer's pieces as they arrive.

    Closing the generator closes the connection, upon which the server stops generating.
    Raises EngineFailure where the server cannot be reached, refuses, stalls or breaks off.
    """
    body = {
        "model": model,
        "messages": list(messages),
        "stream": True,
        "stream_options": {"include_usage": True},
        **decoding,
    }
    headers = {"Authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
    end = time.monotonic() + limits.total
    try:
        async with asyncio.timeout(min(limits.first, limits.total)):
            response = await session.post(
                f"{endpoint.url}/chat/completions", json=body, headers=headers, timeout=aiohttp.ClientTimeout()
            )
    except TimeoutError as error:
        raise EngineFailure("slow") from error
    except (aiohttp.ClientError, OSError) as error:
        raise EngineFailure("unreachable", str(error)) from error
    try:
        if response.status != 200:
            raise EngineFailure("refused", f"HTTP {response.status}")
        async for piece in _pieces(response, limits, end):
            yield piece
    finally:
        response.close()


async def _pieces(response: aiohttp.ClientResponse, limits: Limits, end: float) -> AsyncIterator[Piece]:
    """Read server-sent events until `[DONE]`."""
    buffer = b""
    started = False
    while True:
        patience = limits.next if started else limits.first
        left = end - time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, min(patience, left))):
                chunk = await response.content.readany()
        except TimeoutError as error:
            raise EngineFailure("long" if left <= patience else "hung" if started else "slow") from error
        except (aiohttp.ClientError, OSError) as error:
            raise EngineFailure("broken", str(error)) from error
        if not chunk:
            raise EngineFailure("broken", "no [DONE]")
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            piece = _read_event(data)
            started = started or bool(piece.text)
            yield piece


def _read_event(data: bytes) -> Piece:
    """One event of a chat completion as a piece. Raises EngineFailure("garbled") for anything else."""
    try:
        event = json.loads(data)
        usage = event.get("usage") or {}
        if "error" in event:
            raise EngineFailure("refused", "error event")
        choices = event["choices"]
        choice = choices[0] if choices else {"delta": {}}
        text = choice["delta"].get("content") or ""
        reason = choice.get("finish_reason") or ""
        tokens = usage.get("completion_tokens")
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise EngineFailure("garbled") from error
    if not isinstance(text, str) or not isinstance(reason, str):
        raise EngineFailure("garbled")
    return Piece(text=text, finish_reason=reason, tokens=tokens if isinstance(tokens, int) else None)
