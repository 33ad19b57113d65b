"""Who meets whom: draws follow the stored probabilities, and sides are fair for every model."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from pytest_django import Settings
from scipy.stats import binomtest, chisquare

from arena.battles.opening import open_battle
from arena.battles.sampling import PARENT_WEIGHT, draw_pair, lots_of, redraw
from arena.errors import Refused
from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import kept
from arena.leaderboards.families import resolved_families
from arena.models import Battle
from serving.models import LanguageModel
from tests.arena.cast import make_model, make_participant, make_votes

pytestmark = pytest.mark.django_db
DRAWS = 6000


@pytest.fixture
def family() -> list[LanguageModel]:
    """Four models, one of them the child of another."""
    parent = make_model("guraso")
    return [parent, make_model("ume", parent=parent), make_model("itsaso"), make_model("mendi")]


@pytest.mark.parametrize("votes", [0, 20])
def test_draws_follow_the_probabilities_they_store(family: list[LanguageModel], votes: int) -> None:
    make_votes(family[0], family[2], ["a", "b"] * votes)
    source, known = random.Random(1), kept(OVERALL)
    drawn = [draw_pair(family, known=known, source=source) for _ in range(DRAWS)]
    probability = {frozenset((draw.a.name, draw.b.name)): draw.probability for draw in drawn}
    seen = Counter(frozenset((draw.a.name, draw.b.name)) for draw in drawn)
    assert sum(probability.values()) == pytest.approx(1)
    pairs = list(probability)
    assert chisquare([seen[p] for p in pairs], [DRAWS * probability[p] for p in pairs]).pvalue > 0.001


def test_every_model_is_on_either_side_half_of_the_time(family: list[LanguageModel]) -> None:
    source = random.Random(2)
    drawn = [draw_pair(family, source=source) for _ in range(DRAWS)]
    on_a, on_b = Counter(draw.a.name for draw in drawn), Counter(draw.b.name for draw in drawn)
    assert all(binomtest(on_a[m.name], on_a[m.name] + on_b[m.name]).pvalue > 0.001 for m in family)


def test_a_child_meets_its_parent_more_often_until_it_is_known_who_is_better(family: list[LanguageModel]) -> None:
    parent, child = family[:2]
    resolved = {frozenset((parent.pk, child.pk))}
    source = random.Random(3)
    together = [
        {d.a.pk, d.b.pk} == {parent.pk, child.pk} for d in (draw_pair(family, source=source) for _ in range(900))
    ]
    after = [draw.probability for draw in (draw_pair(family, resolved=resolved, source=source) for _ in range(50))]
    assert sum(together) / 900 == pytest.approx(PARENT_WEIGHT / (PARENT_WEIGHT + 5), abs=0.06)
    assert after == pytest.approx([1 / 6] * len(after))


def test_a_resolved_pair_loses_its_boost(family: list[LanguageModel]) -> None:
    """Twelve votes for the child leave no doubt: then the votes themselves make its pair the least worth knowing."""
    parent, child, *_others = family
    make_votes(child, parent, ["a"] * 12)
    known = kept(OVERALL)
    assert resolved_families(family, known) == {frozenset((parent.pk, child.pk))}
    lots = lots_of(family, known=known, resolved=resolved_families(family, known))
    assert lots.probabilities.argmin() == 0
    assert lots.probabilities[0] < lots_of(family, known=known).probabilities[0] / 2


def test_a_model_that_nobody_knows_yet_is_drawn_first(family: list[LanguageModel]) -> None:
    _parent, _child, itsaso, mendi = family
    make_votes(family[0], itsaso, ["a", "b", "tie"] * 10)
    make_votes(family[0], family[1], ["a", "b"] * 10)
    battles = [
        open_battle(participant=make_participant(), text="Kaixo", prompt=None, interface_language="eu")
        for _ in range(60)
    ]
    new = sum(mendi.pk in (battle.model_a_id, battle.model_b_id) for battle in battles)
    assert new / 60 > 0.65


@pytest.mark.parametrize("floor", [0.3, 1.0])
def test_no_pair_is_rarer_than_the_floor(family: list[LanguageModel], settings: Settings, floor: float) -> None:
    settings.SAMPLING_FLOOR = floor
    family[1].parent = None
    make_votes(family[0], family[1], ["a", "b"] * 60)
    probabilities = lots_of(family, known=kept(OVERALL)).probabilities
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities.min() >= floor / 6 - 1e-12


def test_two_models_that_are_always_bad_together_are_not_drawn_for_ever(family: list[LanguageModel]) -> None:
    """*Both bad* says nothing about who is better: such a pair's battles are expected to tell little."""
    make_votes(family[2], family[3], ["both_bad"] * 30)
    assert lots_of(family, known=kept(OVERALL)).probabilities.argmin() == 5


def test_simulated_votes_do_not_steer_whom_people_meet(family: list[LanguageModel]) -> None:
    make_votes(family[2], family[3], ["a", "b"] * 10, participant=make_participant(simulated=True))
    assert lots_of(family, known=kept(OVERALL)).probabilities[1:] == pytest.approx([1 / 8] * 5)


def test_a_vote_changes_the_next_draw(family: list[LanguageModel]) -> None:
    before = lots_of(family, known=kept(OVERALL)).probabilities
    make_votes(family[2], family[3], ["a"])
    assert lots_of(family, known=kept(OVERALL)).probabilities[5] < before[5]


def test_a_retired_model_is_drawn_no_more(family: list[LanguageModel]) -> None:
    LanguageModel.objects.filter(name="mendi").update(state="retired")
    participant = make_participant(simulated=True)
    for _ in range(20):
        open_battle(participant=participant, text="Kaixo", prompt=None, interface_language="eu")
    assert not Battle.objects.filter(model_a__name="mendi").exists()
    assert not Battle.objects.filter(model_b__name="mendi").exists()


def test_a_replacement_is_neither_the_other_side_nor_one_that_failed(family: list[LanguageModel]) -> None:
    a, b, c, d = family
    drawn = {redraw(family, keep=a, without={b.pk}, source=random.Random(i)) for i in range(40)}
    assert drawn == {(c, 0.5), (d, 0.5)}
    assert redraw(family, keep=a, without={b.pk, c.pk, d.pk}, source=random.Random(1)) is None


def test_one_model_is_too_few(family: list[LanguageModel]) -> None:
    with pytest.raises(Refused):
        draw_pair(family[:1], source=random.Random(1))
