"""Votes per second through HTTP on one web process, and how long each took.

    python -m bench.votes [--clients 1,8,32] [--votes 300]
    python -m tests.postgres -- python -m bench.votes        on PostgreSQL

Every client is a browser of its own with a connection kept open; it votes on its next battle as soon as the last
vote was answered with the reveal. The battles are written beforehand. Neither database waits for the disk at each
vote: SQLite as the site sets it (WAL, synchronous NORMAL), PostgreSQL as the tests start it (fsync off).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import asdict, dataclass

import aiohttp
import numpy as np

from bench.figures import Figure, Report, give, parser_of
from bench.site import free_port, fresh_database, session_cookies, web

MOST_CLIENTS = 200
MOST_VOTES = 10_000
CSRF = "c" * 32


@dataclass(frozen=True)
class Row:
    database: str
    clients: int
    votes: int
    votes_per_second: float
    p50_ms: float
    p99_ms: float


def answered_battles(cookie: str, count: int) -> list[uuid.UUID]:
    """Battles of the cookie's participant that only lack a vote."""
    from django.contrib.sessions.models import Session

    from arena.models import Answer, Battle, Consent, Turn
    from serving.models import LanguageModel

    consent = Consent.objects.get(participant=Session.objects.get(pk=cookie).get_decoded()["participant"])
    a, b = LanguageModel.objects.all()
    battles = Battle.objects.bulk_create(
        Battle(
            participant=consent.participant,
            consent=consent,
            language="eu",
            interface_language="eu",
            model_a=a,
            model_b=b,
            pair_probability=1.0,
            simulated=True,
        )
        for _ in range(count)
    )
    turns = Turn.objects.bulk_create(Turn(battle=battle, number=1, text="Kaixo!") for battle in battles)
    Answer.objects.bulk_create(
        Answer(turn=turn, side=side, state="complete", text="Kaixo!", model=model, revision="1", decoding={})
        for turn in turns
        for side, model in (("a", a), ("b", b))
    )
    return [battle.pk for battle in battles]


async def one_client(root: str, cookie: str, battles: list[uuid.UUID]) -> list[float]:
    """Vote on each battle in turn; seconds of every vote."""
    seconds: list[float] = []
    headers = {"Cookie": f"sessionid={cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=60)) as browser:
        for battle in battles:
            start = time.monotonic()
            vote = {"outcome": "a", "key": str(uuid.uuid4()), "dwell_ms": 1000}
            async with browser.post(f"{root}/battles/{battle}/vote/", json=vote) as response:
                assert response.status == 201, (response.status, await response.text())
                await response.read()
            seconds.append(time.monotonic() - start)
    return seconds


def measure(root: str, database: str, clients: int, votes: int) -> Row:
    each = max(1, votes // clients)
    work = [(cookie, answered_battles(cookie, each)) for cookie in session_cookies(clients)]

    async def all_clients() -> list[list[float]]:
        return await asyncio.gather(*[one_client(root, cookie, battles) for cookie, battles in work])

    start = time.monotonic()
    seconds = np.concatenate(asyncio.run(all_clients()))
    whole = time.monotonic() - start
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    return Row(database, clients, len(seconds), len(seconds) / whole, float(p50), float(p99))


def run(clients: list[int], votes: int) -> Report:
    with fresh_database():
        from django.db import connection

        from serving.models import Engine, LanguageModel

        engine = Engine.objects.create(name="none", url="http://127.0.0.1:9/v1")
        for name in ("one", "other"):
            LanguageModel.objects.create(
                name=name, title=name, kind="remote", engine=engine, served_name=name, revision="1"
            )
        with web(free_port()) as root:
            measure(root, connection.vendor, 2, 20)  # warm up
            rows = [measure(root, connection.vendor, count, votes) for count in clients]
    figures: list[Figure] = []
    for row in rows:
        what = f"votes, {row.database}, {row.clients} {'clients' if row.clients > 1 else 'client'}"
        figures.append(Figure(what, row.votes_per_second, "votes/s"))
        figures += [Figure(f"{what}: p50", row.p50_ms, "ms"), Figure(f"{what}: p99", row.p99_ms, "ms")]
    return Report(figures, {"rows": [asdict(row) for row in rows]})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--clients", default="1,8,32", help=f"how many at once, separated by commas, to {MOST_CLIENTS}")
    parser.add_argument("--votes", type=int, default=300, help=f"votes of every measurement, at most {MOST_VOTES}")
    options = parser.parse_args()
    clients = [min(int(count), MOST_CLIENTS) for count in options.clients.split(",")]
    give(run(clients, min(options.votes, MOST_VOTES)), options.out)


if __name__ == "__main__":
    main()
