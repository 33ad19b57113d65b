"""How much the relay adds: delay per token and tokens per second at 1, 10, 50 and 100 battles.

    python -m bench.relay [--battles 1,10,50,100] [--tokens 250]

A stand-in engine writes 50 tokens a second to every side; each token is the time at which it was written, so
that a client reads its delay off the token itself. The same tokens are also read from the engine directly.
All battles are opened in the same instant; delays are those of all tokens, tokens per second are counted while
every battle streams. The engine, one web process and the clients share the machine.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass

import aiohttp
import numpy as np

from bench.figures import Figure, Report, give, parser_of
from bench.site import free_port, fresh_database, page, process, session_cookies, web

RATE = 50
MOST_BATTLES = 500
STAMP = re.compile(r"\d+\.\d{6}")
# Of one answer: when each token was received, and its delay; in seconds.
Tokens = list[tuple[float, float]]


@dataclass(frozen=True)
class Row:
    """Delays in milliseconds. `direct` is the engine read without a relay, at the same number of streams."""

    battles: int
    tokens: int
    tokens_per_second: float
    first_token_ms: float
    delay_p50_ms: float
    delay_p99_ms: float
    direct_p50_ms: float
    direct_p99_ms: float

    @property
    def added_p99_ms(self) -> float:
        return self.delay_p99_ms - self.direct_p99_ms


def tokens_of(text: str, received: float) -> Tokens:
    return [(received, received - float(stamp)) for stamp in STAMP.findall(text)]


async def one_battle(session: aiohttp.ClientSession, root: str, cookie: str) -> tuple[float, Tokens]:
    """Fight one battle; return seconds from the click to the first token, and the tokens of both sides."""
    tokens: Tokens = []
    rest = {"a": "", "b": ""}
    first: float | None = None
    async with page(session, root, cookie) as socket:
        start = time.monotonic()
        await socket.send_str(json.dumps({"type": "open", "text": "Kaixo!", "prompt": None}))
        async for frame in socket:
            now = time.monotonic()
            message = json.loads(frame.data)
            match message["type"]:
                case "delta":
                    first = first if first is not None else now - start
                    for side in rest.keys() & message.keys():
                        *whole, rest[side] = (rest[side] + message[side]).split(" ")
                        # The relay holds back the last grapheme cluster: a stamp is whole before its space comes.
                        tokens += tokens_of(" ".join(whole), now)
                        if STAMP.fullmatch(rest[side]):
                            tokens += tokens_of(rest[side], now)
                            rest[side] = ""
                case "votable":
                    break
                case "error" | "ended":
                    raise RuntimeError(message)
    assert first is not None
    return first, tokens


async def one_stream(session: aiohttp.ClientSession, engine: str, tokens: int) -> Tokens:
    """The same tokens from the engine itself."""
    received: Tokens = []
    body = {"model": "clock", "messages": [], "stream": True, "max_tokens": tokens}
    async with session.post(f"{engine}/v1/chat/completions", json=body) as response:
        async for chunk in response.content.iter_any():
            received += tokens_of(chunk.decode(), time.monotonic())
    return received


def rate(battles: list[Tokens]) -> float:
    """Tokens per second from when the last battle began to when the first ended."""
    start, end = max(tokens[0][0] for tokens in battles), min(tokens[-1][0] for tokens in battles)
    assert start < end, "the battles did not overlap: let the answers be longer"
    return sum(start < received <= end for tokens in battles for received, _ in tokens) / (end - start)


async def measure(root: str, engine: str, cookies: list[str], tokens: int) -> Row:
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        direct = await asyncio.gather(*[one_stream(session, engine, tokens) for _ in range(2 * len(cookies))])
        battles = await asyncio.gather(*[one_battle(session, root, cookie) for cookie in cookies])
    answers = [tokens for _, tokens in battles]
    relayed, straight = (np.concatenate(several)[:, 1] * 1000 for several in (answers, direct))
    return Row(
        battles=len(cookies),
        tokens=len(relayed),
        tokens_per_second=rate(answers),
        first_token_ms=float(np.median([first for first, _ in battles])) * 1000,
        delay_p50_ms=float(np.percentile(relayed, 50)),
        delay_p99_ms=float(np.percentile(relayed, 99)),
        direct_p50_ms=float(np.percentile(straight, 50)),
        direct_p99_ms=float(np.percentile(straight, 99)),
    )


def run(battles: list[int], tokens: int) -> list[Row]:
    with fresh_database():
        from serving.models import Engine, LanguageModel

        port = free_port()
        stand_in = f"http://127.0.0.1:{port}"
        engine = Engine.objects.create(name="stand-in", url=f"{stand_in}/v1")
        for name in ("clock-1", "clock-2"):
            LanguageModel.objects.create(
                name=name, title=name, kind="remote", engine=engine, served_name=name, revision="1", max_tokens=tokens
            )
        command = ["-m", "tests.stand_in_engine", "--port", str(port), "--rate", str(RATE)]
        with process(*command, answers=f"{stand_in}/health"), web(free_port()) as root:
            asyncio.run(measure(root, stand_in, session_cookies(1), 20))  # warm up
            return [asyncio.run(measure(root, stand_in, session_cookies(count), tokens)) for count in battles]


def report(rows: list[Row]) -> Report:
    figures = []
    for row in rows:
        asked = row.battles == 100
        many = f"{row.battles} battles" if row.battles > 1 else "1 battle"
        figures += [
            # Asked are 100 tokens/s a battle; the stand-in's clock itself loses some ticks on a busy machine.
            Figure(f"relay, {many}: tokens", row.tokens_per_second, "tokens/s", at_least=9500 if asked else None),
            Figure(f"relay, {many}: added delay, p99", row.added_p99_ms, "ms", at_most=150 if asked else None),
        ]
    return Report(figures, {"rows": [asdict(row) for row in rows]})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--battles", default="1,10,50,100", help=f"how many at once, separated by commas; at most {MOST_BATTLES}"
    )
    parser.add_argument("--tokens", type=int, default=250, help="tokens of every answer")
    options = parser.parse_args()
    rows = run([min(int(count), MOST_BATTLES) for count in options.battles.split(",")], options.tokens)
    names = ("tokens/s", "first ms", "p50 ms", "p99 ms", "direct p99", "added p99")
    print(f"{'battles':>8} " + " ".join(f"{name:>10}" for name in names))
    for row in rows:
        print(
            f"{row.battles:8} {row.tokens_per_second:10.0f} {row.first_token_ms:10.1f} {row.delay_p50_ms:10.1f}"
            f" {row.delay_p99_ms:10.1f} {row.direct_p99_ms:10.1f} {row.added_p99_ms:10.1f}"
        )
    give(report(rows), options.out)


if __name__ == "__main__":
    main()
