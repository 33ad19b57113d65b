"""A stand-in for vLLM: speaks the same protocol, answers fixed text at a fixed rate, and fails on demand.

    python -m tests.stand_in_engine --port 8001 --rate 50

How a model behaves follows from the first part of its name: `hung` and `hung-2` stop in the middle, `basque`
is fine (see `BEHAVIOURS`); `engine.behaviours["basque"] = "hung"` changes it later. Inside a test:

    with StandInEngine(models=["basque"]) as engine:
        engine.answers["basque"] = ["Kai", "xo!"]
        ...                       # engine.url is the root of the API
        assert engine.open_streams == 0
        assert engine.requests[0].body["model"] == "basque"

One ticker writes the next token of every open stream, so that 200 streams cost little more than one.
"""

import argparse
import asyncio
import contextlib
import functools
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

BEHAVIOURS = {
    "fine": "answers its text at the rate, then [DONE]",
    "slow": "accepts and never sends a first token",
    "hung": "stops in the middle and keeps the connection",
    "error500": "HTTP 500",
    "nonsense": "events that are no JSON",
    "no_done": "the whole text, then closes without [DONE]",
    "empty": "[DONE] without a token",
    "drop": "breaks the connection in the middle",
    "clock": "every token is the monotonic second at which it was written, for measuring delays",
}
DEFAULT_ANSWER = [
    "Kaixo, ",
    "ni ",
    "ordezko ",
    "motor ",
    "bat ",
    "naiz ",
    "eta ",
    "beti ",
    "hau ",
    "esaten ",
    "dut.",
]
CLOCK_TOKENS = 100


@dataclass
class Recorded:
    """One request to a model, and how it went: open, finished, cancelled (by the client) or dropped."""

    body: dict[str, Any]
    key: str
    at: float
    state: str = "open"
    closed_at: float | None = None


@dataclass
class Stream:
    """An open answer. `pieces` is what is still to be written; `done` is set after the last one."""

    transport: asyncio.Transport
    model: str
    pieces: Iterator[str | None]
    done: asyncio.Event = field(default_factory=asyncio.Event)


@functools.lru_cache(maxsize=4096)
def frame(model: str, text: str) -> bytes:
    """One event with `text`, already framed as an HTTP chunk."""
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return chunk(event(model, [delta]))


def event(model: str, choices: list[dict[str, Any]], **more: Any) -> bytes:
    data = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "model": model, "choices": choices, **more}
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def behaviour_of(model: str) -> str:
    first = re.split(r"[-.]", model)[0]
    return first if first in BEHAVIOURS else "fine"


class StandInEngine:
    """The server, in a thread and loop of its own while used as a context manager."""

    def __init__(self, *, models: Sequence[str] = (), rate: float = 200, port: int = 0) -> None:
        self.models = dict.fromkeys(models, "")
        self.rate = rate
        self.port = port
        self.healthy = True
        self.behaviours: dict[str, str] = {}
        self.answers: dict[str, list[str]] = {}
        self.requests: list[Recorded] = []
        self.open_streams = 0
        self._ticking: list[Stream] = []
        self._work = asyncio.Event()
        self._ready = threading.Event()
        self._error: OSError | None = None

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Root of the API, as it stands in `Engine.url`."""
        return f"{self.root}/v1"

    # Its own thread.

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="stand-in engine", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error:
            raise self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Close the port and every open stream, as an engine that dies does. Calling it twice is fine."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def wait_until_idle(self, seconds: float = 2.0) -> bool:
        """Whether every stream was closed within `seconds`."""
        end = time.monotonic() + seconds
        while self.open_streams and time.monotonic() < end:
            time.sleep(0.01)
        return not self.open_streams

    async def _main(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self.start()
        except OSError as error:
            self._error = error
            return
        finally:
            self._ready.set()
        await self._end.wait()
        await self.close()

    async def start(self) -> None:
        """Listen in the running loop. Raises OSError where the port is taken."""
        app = web.Application(client_max_size=2**26)
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/v1/models", self._list),
                web.post("/v1/load_lora_adapter", self._load),
                web.post("/v1/unload_lora_adapter", self._unload),
                web.post("/v1/chat/completions", self._chat),
            ]
        )
        # The handler of a request whose client went away is cancelled: that is how a cancel is seen.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024, reuse_address=True)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        self._ticker = asyncio.create_task(self._tick())

    async def close(self) -> None:
        self._ticker.cancel()
        await self._runner.cleanup()

    # What it answers.

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if self.healthy else 503)

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _load(self, request: web.Request) -> web.Response:
        body = await request.json()
        name, path = body["lora_name"], body["lora_path"]
        if name in self.models:
            return _refusal(400, f"The lora adapter '{name}' has already been loaded.")
        if not await asyncio.to_thread(Path(path, "adapter_config.json").exists):
            return _refusal(404, f"Loading lora {name} failed: No adapter found for {path}")
        self.models[name] = path
        return web.Response(text=f"Success: LoRA adapter '{name}' added successfully.")

    async def _unload(self, request: web.Request) -> web.Response:
        name = (await request.json())["lora_name"]
        if name not in self.models:
            return _refusal(404, f"The lora adapter '{name}' cannot be found.")
        del self.models[name]
        return web.Response(text=f"Success: LoRA adapter '{name}' removed successfully.")

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        recorded = Recorded(body=body, key=key, at=time.monotonic())
        self.requests.append(recorded)
        behaviour = self.behaviours.get(body["model"], behaviour_of(body["model"]))
        if behaviour == "error500":
            recorded.state = "finished"
            return _refusal(500, f"Internal error of {body['model']}.")
        if not body.get("stream"):
            recorded.state = "finished"
            return self._whole(body)
        self.open_streams += 1
        try:
            response = await self._stream(request, body, behaviour)
            recorded.state = "dropped" if behaviour == "drop" else "finished"
            return response
        except (asyncio.CancelledError, ConnectionError):
            recorded.state = "cancelled"
            raise
        finally:
            self.open_streams -= 1
            recorded.closed_at = time.monotonic()

    def _whole(self, body: dict[str, Any]) -> web.Response:
        pieces = self.answers.get(body["model"], DEFAULT_ANSWER)[: body.get("max_tokens")]
        message = {"role": "assistant", "content": "".join(pieces)}
        usage = {"prompt_tokens": 1, "completion_tokens": len(pieces), "total_tokens": 1 + len(pieces)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response({"id": "chatcmpl-0", "model": body["model"], "choices": [choice], "usage": usage})

    async def _stream(self, request: web.Request, body: dict[str, Any], behaviour: str) -> web.StreamResponse:
        model = body["model"]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        # A comment, which every reader of events skips: it sends the headers at once, as vLLM does.
        await response.write(b": ready\n\n")
        whole: Sequence[str | None] = self.answers.get(model, DEFAULT_ANSWER)
        if behaviour == "empty":
            whole = []
        elif behaviour == "clock":
            whole = [None] * (body.get("max_tokens") or CLOCK_TOKENS)
        pieces = whole[: body.get("max_tokens")]
        if behaviour == "nonsense":
            await response.write(b'data: {"choices": oh dear\n\n\x00\xff\n\n')
        elif behaviour == "slow":
            await asyncio.Event().wait()
        elif behaviour == "hung":
            await self._write_pieces(request, model, iter(pieces[: len(pieces) // 2]))
            await asyncio.Event().wait()
        elif behaviour == "drop":
            await self._write_pieces(request, model, iter(pieces[: len(pieces) // 2]))
            _transport(request).abort()
        else:
            await self._write_pieces(request, model, iter(pieces))
        if behaviour in {"fine", "empty", "clock"}:
            reason = "stop" if len(pieces) == len(whole) else "length"
            await response.write(_ending(model, reason, len(pieces), body))
        return response

    async def _write_pieces(self, request: web.Request, model: str, pieces: Iterator[str | None]) -> None:
        """Hand `pieces` to the ticker and wait until it has written the last. None stands for the clock."""
        stream = Stream(_transport(request), model, pieces)
        self._ticking.append(stream)
        self._work.set()
        try:
            await stream.done.wait()
        finally:
            if stream in self._ticking:
                self._ticking.remove(stream)

    async def _tick(self) -> None:
        """Write one token to every stream, `rate` times a second; sleep while there is none."""
        due = time.monotonic()
        while True:
            if not self._ticking:
                self._work.clear()
                await self._work.wait()
                due = time.monotonic()
            now = f"{time.monotonic():.6f} "
            for stream in list(self._ticking):
                self._write_next(stream, now)
            # Where the machine cannot keep the rate, lost ticks are not made up for in a burst.
            due = max(due + 1 / self.rate, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    def _write_next(self, stream: Stream, now: str) -> None:
        try:
            text = next(stream.pieces)
        except StopIteration:
            self._ticking.remove(stream)
            stream.done.set()
            return
        if not stream.transport.is_closing():
            stream.transport.write(frame(stream.model, now if text is None else text))


def _ending(model: str, reason: str, tokens: int, body: dict[str, Any]) -> bytes:
    data = event(model, [{"index": 0, "delta": {"content": ""}, "finish_reason": reason}])
    if (body.get("stream_options") or {}).get("include_usage"):
        usage = {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": 1 + tokens}
        data += event(model, [], usage=usage)
    return data + b"data: [DONE]\n\n"


def _refusal(status: int, message: str) -> web.Response:
    """An error in vLLM's shape."""
    return web.json_response({"error": {"message": message, "type": "BadRequestError", "code": status}}, status=status)


def _transport(request: web.Request) -> asyncio.Transport:
    if request.transport is None:
        raise ConnectionResetError
    assert isinstance(request.transport, asyncio.Transport)
    return request.transport


async def serve(port: int, rate: float, models: Sequence[str]) -> None:
    engine = StandInEngine(models=models, rate=rate, port=port)
    await engine.start()
    print(f"stand-in engine at {engine.url}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for vLLM.", epilog=_behaviours_help())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--rate", type=float, default=50, help="tokens a second in every stream")
    parser.add_argument("--model", action="append", default=[], help="a name for /v1/models; may be repeated")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(options.port, options.rate, options.model))


def _behaviours_help() -> str:
    lines = [f"  {name:9} {meaning}" for name, meaning in BEHAVIOURS.items()]
    return "\n".join(["A model behaves as the first part of its name says:", *lines])


if __name__ == "__main__":
    main()
