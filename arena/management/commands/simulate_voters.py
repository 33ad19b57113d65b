"""Hold battles with the running site as simulated voters. See `arena.simulation`."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.crypto import get_random_string

from arena import simulation
from arena.models import Prompt
from arena.people.consent import give_consent
from arena.simulation import Judge, Question, Simulation, SimulationStopped, Tally, Voter

MOST_BATTLES = 10_000
MOST_VOTERS = 100
PREFERENCES = ["basque", "long", "short", "random"]


class Command(BaseCommand):
    help = "Let simulated voters hold battles with the site running on this machine; their votes are marked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--battles", type=int, required=True, help=f"how many, at most {MOST_BATTLES}")
        parser.add_argument("--preference", choices=PREFERENCES, required=True, help="what the voters like")
        parser.add_argument("--noise", type=float, default=0.0, help="share of winners turned into losers")
        parser.add_argument("--prompts", choices=["open", "held-out"], default="open", help="part of the bank")
        parser.add_argument("--concurrency", type=int, default=4, help=f"voters at once, at most {MOST_VOTERS}")
        address = settings.SITE_URL.replace("http", "ws", 1)
        parser.add_argument("--url", default=f"{address}/ws/arena/", help="the site's WebSocket")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options, "battles", 1, MOST_BATTLES)
        _check(options, "concurrency", 1, MOST_VOTERS)
        _check(options, "noise", 0, 1)
        voters = min(options["concurrency"], options["battles"])
        try:
            held = Simulation(
                url=options["url"],
                questions=_questions(held_out=options["prompts"] == "held-out"),
                judge=simulation.with_noise(_judge(options["preference"]), options["noise"]),
                seconds=2 * settings.ANSWER_SECONDS,
                show=lambda tally: self._show(tally, options["battles"]),
            )
            tally = asyncio.run(held.hold(options["battles"], [_voter() for _ in range(voters)]))
        except SimulationStopped as stopped:
            raise CommandError(str(stopped)) from stopped
        self.stdout.write(f"\n{_summary(tally)}")

    def _show(self, tally: Tally, battles: int) -> None:
        """One line, rewritten on a terminal; elsewhere only now and then."""
        if self.stdout.isatty():
            self.stdout.write(f"\r{tally.battles} of {battles} battles", ending="")
        elif tally.battles % 50 == 0:
            self.stdout.write(f"{tally.battles} of {battles} battles")


def _check(options: dict[str, Any], name: str, least: int, most: int) -> None:
    if not least <= options[name] <= most:
        raise CommandError(f"--{name} is {options[name]}; write a number from {least} to {most}.")


def _judge(preference: str) -> Judge:
    match preference:
        case "basque":
            return simulation.by_language("eu")
        case "random":
            return simulation.by_chance
        case _:
            return simulation.by_length(longer=preference == "long")


def _voter() -> Voter:
    """A participant marked as simulated, who agreed to everything, and its browser session."""
    consent = give_consent(participant=None, language="eu", publish=True, train=True, simulated=True)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["participant"] = str(consent.participant_id)
    session.save()
    return Voter(session=session.session_key, csrf=get_random_string(32))


def _questions(*, held_out: bool) -> list[Question]:
    prompts = Prompt.objects.offered(settings.CONTENT_LANGUAGE).filter(held_out=held_out)
    if not prompts:
        raise CommandError("The prompt bank has no such prompts: load the fixtures first.")
    return [Question(prompt.pk, prompt.text) for prompt in prompts]


def _summary(tally: Tally) -> str:
    votes = ", ".join(f"{outcome} {tally.votes[outcome]}" for outcome in ("a", "tie", "both_bad", "b"))
    return f"{tally.votes.total()} votes ({votes}); {tally.ended} battles ended without a winner."
