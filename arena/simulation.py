"""Simulated voters: they hold real battles with a running site, through its WebSocket and its vote page.

For trying the whole loop and for measuring it. Their participants are marked as simulated, so that their votes
enter boards and exports only where simulated ones are asked for. Knows no database: who votes on what is handed in.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from arena.language import detect_language

# A judge reads both answers and says "a", "b", "tie" or "both_bad".
Judge = Callable[[str, str], str]


class SimulationStopped(Exception):
    """The simulation cannot go on; the message is one sentence."""


@dataclass(frozen=True)
class Question:
    """A prompt of the bank."""

    id: int
    text: str


@dataclass(frozen=True)
class Voter:
    """A simulated participant's browser: the cookies it sends."""

    session: str
    csrf: str


@dataclass
class Tally:
    """What came of the battles: votes by outcome, and battles that ended without one."""

    votes: Counter[str] = field(default_factory=Counter)
    ended: int = 0

    @property
    def battles(self) -> int:
        return self.votes.total() + self.ended


def by_language(language: str) -> Judge:
    """An answer in `language` beats one that is not; two are equally good, none is both bad.

    It knows nothing else of quality, so between two answers in the language it never guesses.
    """

    def judge(a: str, b: str) -> str:
        verdict = {(True, False): "a", (False, True): "b", (True, True): "tie", (False, False): "both_bad"}
        return verdict[detect_language(a) == language, detect_language(b) == language]

    return judge


def by_length(*, longer: bool) -> Judge:
    """The longer (or the shorter) answer wins: what a training that only learns length would please."""

    def judge(a: str, b: str) -> str:
        if len(a) == len(b):
            return "tie"
        return "a" if (len(a) > len(b)) == longer else "b"

    return judge


def by_chance(a: str, b: str) -> str:
    return random.choice(["a", "b"])


def with_noise(judge: Judge, share: float) -> Judge:
    """Turn a winner into the loser in `share` of the votes; "tie" and "both_bad" stay."""
    flipped = {"a": "b", "b": "a"}

    def noisy(a: str, b: str) -> str:
        outcome = judge(a, b)
        return flipped.get(outcome, outcome) if random.random() < share else outcome

    return noisy


def site_of(url: str) -> str:
    """The site's root for a WebSocket address on this machine. Raises SimulationStopped for any other."""
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not _is_loopback(parts.hostname or ""):
        raise SimulationStopped(
            f"{url} is not on this machine: write an address such as ws://127.0.0.1:8000/ws/arena/."
        )
    return f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class Simulation:
    """Battles with the site at `url` (its WebSocket), judged by `judge`; `show` is called after each.

    No battle takes longer than `seconds`.
    """

    url: str
    questions: Sequence[Question]
    judge: Judge
    seconds: float
    show: Callable[[Tally], None]
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.site = site_of(self.url)

    async def hold(self, battles: int, voters: Sequence[Voter]) -> Tally:
        """Hold `battles` battles, each voter one at a time.

        Raises SimulationStopped where the site does not answer, refuses, or is too slow.
        """
        tickets = iter(range(battles))
        questions = itertools.cycle(random.sample(self.questions, len(self.questions)))
        stopped: list[SimulationStopped] = []
        try:
            async with asyncio.TaskGroup() as group:
                for voter in voters:
                    group.create_task(self._vote(voter, tickets, questions))
        except* SimulationStopped as several:
            stopped = [error for error in several.exceptions if isinstance(error, SimulationStopped)]
        if stopped:
            raise stopped[0]
        return self.tally

    async def _vote(self, voter: Voter, tickets: Iterator[int], questions: Iterator[Question]) -> None:
        # "unsafe" lets the jar keep cookies for an address without a name.
        jar = aiohttp.CookieJar(unsafe=True)
        jar.update_cookies({"sessionid": voter.session, "csrftoken": voter.csrf}, URL(self.site))
        try:
            async with aiohttp.ClientSession(cookie_jar=jar) as browser:
                for _ticket in tickets:
                    async with asyncio.timeout(self.seconds):
                        outcome = await self._hold_one(browser, voter, next(questions))
                    if outcome:
                        self.tally.votes[outcome] += 1
                    else:
                        self.tally.ended += 1
                    self.show(self.tally)
        except TimeoutError as error:
            raise SimulationStopped(f"A battle took longer than {self.seconds:.0f} seconds.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise SimulationStopped(f"The site does not answer at {self.site}: {error}.") from error

    async def _hold_one(self, browser: aiohttp.ClientSession, voter: Voter, question: Question) -> str:
        """One battle from the prompt to the vote; returns the outcome, or "" where it ended without a winner."""
        async with browser.ws_connect(self.url, origin=self.site) as socket:
            await socket.send_json({"type": "open", "text": question.text, "prompt": question.id})
            read = await _read_answers(socket)
        if read is None:
            return ""
        battle, answers = read
        outcome = self.judge(answers["a"], answers["b"])
        vote = {"outcome": outcome, "key": str(uuid.uuid4()), "dwell_ms": None}
        headers = {"X-CSRFToken": voter.csrf, "Referer": f"{self.site}/"}
        async with browser.post(f"{self.site}/battles/{battle}/vote/", json=vote, headers=headers) as response:
            if response.status != 201:
                raise SimulationStopped(f"The site refused a vote with status {response.status}.")
        return outcome


async def _read_answers(socket: aiohttp.ClientWebSocketResponse) -> tuple[str, dict[str, str]] | None:
    """The battle's id and the text of both sides, once it may be voted on; None where it ended before."""
    battle, answers = "", {"a": "", "b": ""}
    async for message in socket:
        event: dict[str, Any] = json.loads(message.data)
        match event["type"]:
            case "state":
                battle = event["battle"]["id"]
                answers = {side: answer["text"] for side, answer in event["battle"]["turns"][-1]["answers"].items()}
                if event["battle"]["votable"]:
                    return battle, answers
            case "delta":
                for side in answers:
                    answers[side] += event.get(side, "")
            case "again":
                answers[event["side"]] = ""
            case "votable":
                return battle, answers
            case "ended":
                return None
            case "error":
                raise SimulationStopped(f"The site refused a battle: {event['message']}")
    raise SimulationStopped("The site closed the connection in the middle of a battle.")
