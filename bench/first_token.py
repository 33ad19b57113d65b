"""Time from the click to the first text of an answer, beside vLLM asked directly.

    python -m bench.first_token [--contestants var/bench/demo/contestants.toml] [--rounds 40]

A click asks two answers at once, so both sides of the comparison do:

- through the site: `open` is sent over an open WebSocket, and the clock stops at the first `delta`;
- directly: two streaming requests are sent to vLLM at once over connections that are kept open, with the models,
  system prompts and decoding of a draw made as the site makes it; the clock stops at the first text of either.

Each round asks a prompt both ways, one after the other. Which goes first alternates, because the second finds the
prompt in vLLM's cache. A round in which neither answer had any text counts for neither way. Engine, site and client
share the machine.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np

from bench.figures import Figure, Report, give, parser_of
from bench.site import DEMO, ROOT, free_port, fresh_database, page, real_engine, session_cookies, web

if TYPE_CHECKING:
    from serving.models import LanguageModel

WARM_UP = 4
LEAST_ROUNDS = 30
MOST_ROUNDS = 200
PROMPTS = ROOT / "fixtures" / "demo" / "prompts.jsonl"


@dataclass(frozen=True)
class Round:
    """Seconds to the first text of either answer, both ways."""

    site: float
    direct: float


async def through_site(session: aiohttp.ClientSession, root: str, cookie: str, prompt: str) -> float | None:
    """Seconds to the first delta. Reads on until the battle is votable, so that the engine is idle again."""
    first: float | None = None
    async with page(session, root, cookie) as socket:
        start = time.monotonic()
        await socket.send_str(json.dumps({"type": "open", "text": prompt, "prompt": None}))
        async for frame in socket:
            message = json.loads(frame.data)
            if message["type"] == "delta" and first is None:
                first = time.monotonic() - start
            if message["type"] == "error":
                raise RuntimeError(message)
            if message["type"] in {"votable", "ended"}:
                break
    return first


async def directly(session: aiohttp.ClientSession, models: Sequence[LanguageModel], prompt: str) -> float | None:
    """Seconds to the first text of either model. Reads both answers to their ends."""
    start = time.monotonic()
    firsts = await asyncio.gather(*[_first_text(session, model, prompt) for model in models])
    return min((first - start for first in firsts if first is not None), default=None)


async def _first_text(session: aiohttp.ClientSession, model: LanguageModel, prompt: str) -> float | None:
    """When the first piece of text came, by the monotonic clock."""
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
    return first


def _has_text(event: dict[str, Any]) -> bool:
    return any(choice["delta"].get("content") for choice in event["choices"])


async def measure(root: str, models: Sequence[LanguageModel], cookie: str, rounds: int) -> list[Round]:
    """The rounds in which both ways had text, at most `rounds` of twice as many."""
    from arena.battles.sampling import draw_pair

    prompts = itertools.cycle(json.loads(line)["text"] for line in PROMPTS.read_text().splitlines())
    measured: list[Round] = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
        for number in range(2 * rounds):
            prompt, drawn = next(prompts), draw_pair(models, source=random.Random(number))
            if number % 2:
                site = await through_site(session, root, cookie, prompt)
                direct = await directly(session, (drawn.a, drawn.b), prompt)
            else:
                direct = await directly(session, (drawn.a, drawn.b), prompt)
                site = await through_site(session, root, cookie, prompt)
            if site is not None and direct is not None:
                measured.append(Round(site, direct))
            if len(measured) == rounds:
                break
    return measured


def run(contestants: Path, rounds: int) -> Report:
    with fresh_database(), real_engine(contestants), web(free_port()) as root:
        from serving.models import LanguageModel

        models = list(LanguageModel.objects.contesting().select_related("engine").order_by("pk"))
        [cookie] = session_cookies(1)
        measured = asyncio.run(measure(root, models, cookie, WARM_UP + rounds))[WARM_UP:]
    assert len(measured) == rounds, f"only {len(measured)} rounds had text"
    site, direct = (float(np.median(several)) * 1000 for several in zip(*map(astuple, measured), strict=True))
    figures = [
        Figure("first text, vLLM directly, median", direct, "ms"),
        Figure("first text, from the click, median", site, "ms"),
        Figure("first text, added by the site", site - direct, "ms", at_most=15),
    ]
    return Report(figures, {"rounds": [asdict(once) for once in measured]})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--contestants", type=Path, default=DEMO / "contestants.toml")
    parser.add_argument("--rounds", type=int, default=40, help=f"{LEAST_ROUNDS} to {MOST_ROUNDS}")
    options = parser.parse_args()
    give(run(options.contestants.resolve(), min(max(options.rounds, LEAST_ROUNDS), MOST_ROUNDS)), options.out)


if __name__ == "__main__":
    main()
