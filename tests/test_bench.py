"""The bench measures what it says. How fast anything is, is never asserted."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from arena.models import Vote
from bench.figures import Figure, table
from bench.relay import rate
from bench.volunteer import first_vote
from tests.arena.cast import make_engine, make_model
from tests.arena.live_site import live_site
from tests.stand_in_engine import StandInEngine


@pytest.mark.django_db(transaction=True)
def test_a_scripted_volunteer_gets_from_the_consent_to_a_vote(engine: StandInEngine) -> None:
    served = make_engine(url=engine.url)
    for name in ("fine-one", "fine-other"):
        make_model(name, engine=served)
    with live_site() as address:
        asyncio.run(first_vote(f"http://{address}"))
    assert Vote.objects.get().population == "people"


def test_an_orphan_in_another_session_is_found() -> None:
    # In a process of its own: who has adopted orphans goes on doing so.
    program = """
import os, subprocess
from bench.descendants import adopt_orphans, descendants
adopt_orphans()
orphan = int(subprocess.check_output("setsid sleep 60 >/dev/null 2>&1 & echo $!", shell=True))
assert descendants(os.getpid()) == [orphan], (descendants(os.getpid()), orphan)
os.kill(orphan, 9)
os.waitpid(orphan, 0)
assert descendants(os.getpid()) == []
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)


def test_what_was_not_reached_is_said() -> None:
    assert "NOT REACHED" in table([Figure("first text, added", 16, "ms", at_most=15)])


def test_what_was_not_asked_is_neither_reached_nor_missed() -> None:
    assert Figure("votes", 1, "votes/s").reached is None


def test_tokens_are_counted_while_every_battle_streams() -> None:
    early = [(float(second), 0.0) for second in range(10)]
    late = [(float(second), 0.0) for second in range(5, 15)]
    assert rate([early, late]) == 2.0
