"""Time from the click to the first text of an answer, beside vLLM asked directly.

    python -m bench.first_token [--contestants var/bench/demo/contestants.toml] [--rounds 40]

A click asks two answers at once, so both sides of the comparison do:

- through the site: `open` is sent over an open WebSocket, and the clock stops at the first `delta`;
- directly: two streaming requests are sent to vLLM at once over connections that are kept open, with the models,
  system prompts and decoding of a draw made as the site makes it; the clock stops at the first text of either.

Each round asks a prompt both ways, one after the other. Which goes first alternates, because the second finds the
prompt in vLLM's cache. Engine, site and client share the machine.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np

from bench.figures import Figure, Report, give, parser_of
from bench.site import DEMO, ROOT, free_port, fresh_database, page, real_engine, session_cookies, web

if TYPE_CHECKING:
    from serving.models import LanguageModel

WARM_UP = 4
MOST_ROUNDS = 200
PROMPTS = ROOT / "fixtures" / "demo" / "prompts.jsonl"


async def through_site(session: aiohttp.ClientSession, root: str, cookie: str, prompt: str) -> float:
    """Seconds to the first delta. Reads on until the battle is votable, so that the engine is idle again."""
    first: float | None = None
    async with page(session, root, cookie) as socket:
        start = time.monotonic()
        await socket.send_str(json.dumps({"type": "open", "text": prompt, "prompt": None}))
        async for frame in socket:
            message = json.loads(frame.data)
            if message["type"] == "delta" and first is None:
                first = time.monotonic() - start
            if message["type"] in {"error", "ended"}:
                raise RuntimeError(message)
            if message["type"] == "votable":
                break
    assert first is not None, "a votable battle has had text"
    return first


async def directly(session: aiohttp.ClientSession, models: Sequence[LanguageModel], prompt: str) -> float:
    """Seconds to the first text of either model."""
    start = time.monotonic()
    firsts = await asyncio.gather(*[_first_text(session, model, prompt) for model in models])
    return min(firsts) - start


async def _first_text(session: aiohttp.ClientSession, model: LanguageModel, prompt: str) -> float:
    """When the first text came. Reads on to the end."""
    system = [{"role": "system", "content": model.system_prompt}] if model.system_prompt else []
    body: dict[str, Any] = {
        "model": model.served_name,
        "messages": [*system, {"role": "user", "content": prompt}],
        "stream": True,
        "stream_options": {"include_usage": True},
        **model.decoding(),
    }
    first: float | None = None
    async with session.post(f"{model.engine.url}/chat/completions", json=body) as response:
        response.raise_for_status()
        async for line in response.content:
            if first is None and line.startswith(b"data: {") and _has_text(json.loads(line[6:])):
                first = time.monotonic()
    assert first is not None, f"{model.served_name} answered nothing"
    return first


def _has_text(event: dict[str, Any]) -> bool:
    return any(choice["delta"].get("content") for choice in event["choices"])


async def measure(root: str, models: Sequence[LanguageModel], cookie: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of every round, both ways."""
    from arena.battles.sampling import draw_pair

    prompts = itertools.cycle(json.loads(line)["text"] for line in PROMPTS.read_text().splitlines())
    seconds: dict[str, list[float]] = {"site": [], "direct": []}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
        for number in range(WARM_UP + rounds):
            prompt, drawn = next(prompts), draw_pair(models, source=random.Random(number))
            for way in ("site", "direct") if number % 2 else ("direct", "site"):
                if way == "site":
                    value = await through_site(session, root, cookie, prompt)
                else:
                    value = await directly(session, (drawn.a, drawn.b), prompt)
                if number >= WARM_UP:
                    seconds[way].append(value)
    return seconds


def run(contestants: Path, rounds: int) -> Report:
    with fresh_database(), real_engine(contestants), web(free_port()) as root:
        from serving.models import LanguageModel

        models = list(LanguageModel.objects.contesting().select_related("engine").order_by("pk"))
        [cookie] = session_cookies(1)
        seconds = asyncio.run(measure(root, models, cookie, rounds))
    site, direct = (float(np.median(seconds[way])) * 1000 for way in ("site", "direct"))
    figures = [
        Figure("first text, vLLM directly, median", direct, "ms"),
        Figure("first text, from the click, median", site, "ms"),
        Figure("first text, added by the site", site - direct, "ms", at_most=15),
    ]
    return Report(figures, {"rounds": rounds, "seconds": seconds})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--contestants", type=Path, default=DEMO / "contestants.toml")
    parser.add_argument("--rounds", type=int, default=40, help=f"at most {MOST_ROUNDS}")
    options = parser.parse_args()
    give(run(options.contestants.resolve(), min(options.rounds, MOST_ROUNDS)), options.out)


if __name__ == "__main__":
    main()
