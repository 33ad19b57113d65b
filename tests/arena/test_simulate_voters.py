"""`manage.py simulate_voters` against the real site; only the engine is a stand-in, so that answers are known."""

from __future__ import annotations

import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from arena import simulation
from arena.models import Battle, Consent, Prompt, Vote
from tests.arena.cast import make_engine, make_model
from tests.arena.live_site import live_site
from tests.stand_in_engine import StandInEngine

pytestmark = pytest.mark.django_db(transaction=True)

BASQUE = "Goizean ogia eta gazta jaten ditugu, eta kafea edaten dugu etxean."
ENGLISH = "In the morning we eat bread and cheese and we drink coffee at home."


@pytest.fixture
def site(engine: StandInEngine) -> str:
    """Two contestants, one of them Basque, and a prompt in each part of the bank; yields the WebSocket's address."""
    engine.rate = 2000
    served = make_engine(url=engine.url)
    for name, answer in (("basque", BASQUE), ("english", ENGLISH)):
        engine.models[name] = ""
        engine.answers[name] = [answer]
        make_model(name, engine=served)
    Prompt.objects.create(text="Zer gosaldu duzu?", language="eu", category="food")
    Prompt.objects.create(text="Zer afaldu duzu?", language="eu", category="food", held_out=True)
    with live_site() as address:
        yield f"ws://{address}/ws/arena/"


def simulate(url: str, *, battles: int = 6, preference: str = "basque", **options: object) -> str:
    out = StringIO()
    call_command(
        "simulate_voters", battles=battles, preference=preference, url=url, concurrency=2, stdout=out, **options
    )
    return out.getvalue()


def winners() -> set[str]:
    return {vote.battle.model_on(vote.outcome).name for vote in Vote.objects.select_related("battle")}


def test_every_battle_is_voted_and_told(site: str) -> None:
    assert "6 votes" in simulate(site)
    assert Vote.objects.count() == 6


def test_voters_who_prefer_basque_choose_the_basque_answer(site: str) -> None:
    simulate(site)
    assert winners() == {"basque"}


def test_noise_turns_winners_into_losers(site: str) -> None:
    simulate(site, noise=1.0)
    assert winners() == {"english"}


def test_voters_who_prefer_long_answers_choose_the_longer(site: str) -> None:
    simulate(site, preference="long")
    assert winners() == {"english" if len(ENGLISH) > len(BASQUE) else "basque"}


def test_votes_and_battles_are_marked_as_simulated(site: str) -> None:
    simulate(site)
    assert not Vote.objects.filter(population="people").exists()
    assert not Battle.objects.filter(simulated=False).exists()


def test_simulated_voters_agree_to_training_and_publication(site: str) -> None:
    simulate(site)
    assert set(Consent.objects.values_list("train", "publish")) == {(True, True)}


def test_held_out_prompts_are_used_only_when_asked_for(site: str) -> None:
    simulate(site, battles=2)
    assert not Battle.objects.filter(prompt__held_out=True).exists()
    simulate(site, battles=2, prompts="held-out")
    assert Battle.objects.filter(prompt__held_out=True).count() == 2


def test_a_battle_without_two_answers_is_counted_but_not_voted(site: str, engine: StandInEngine) -> None:
    engine.behaviours["english"] = "error500"
    assert "2 battles ended without a winner" in simulate(site, battles=2)
    assert not Vote.objects.exists()


def test_a_site_that_is_down_is_one_sentence() -> None:
    Prompt.objects.create(text="Zer gosaldu duzu?", language="eu", category="food")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(CommandError, match="The site does not answer"):
        simulate(f"ws://127.0.0.1:{port}/ws/arena/")


@pytest.mark.parametrize("url", ["ws://example.org/ws/arena/", "ws://10.0.0.7/ws/arena/", "http://127.0.0.1/"])
def test_another_machine_is_never_a_target(url: str) -> None:
    Prompt.objects.create(text="Zer gosaldu duzu?", language="eu", category="food")
    with pytest.raises(CommandError, match="is not on this machine"):
        simulate(url)


@pytest.mark.parametrize("option", [{"battles": 0}, {"battles": 10_001}, {"noise": 1.5}])
def test_numbers_have_bounds(option: dict[str, float]) -> None:
    with pytest.raises(CommandError, match="write a number from"):
        simulate("ws://127.0.0.1/ws/arena/", **option)


def test_the_judge_of_language_never_guesses_between_two_basque_answers() -> None:
    assert simulation.by_language("eu")(BASQUE, "Etxean esnea eta fruta hartzen dugu gosaltzeko.") == "tie"


def test_two_answers_in_another_language_are_both_bad() -> None:
    assert simulation.by_language("eu")(ENGLISH, ENGLISH) == "both_bad"
