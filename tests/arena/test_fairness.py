"""Invariant 7: sides by a fair coin, pairs with their stored probabilities, and an audit that would notice."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from arena import tasks
from arena.battles.sampling import Draw, Lots, draw_pair, lots_of
from arena.leaderboards.audit import ALARM, _first_pairs, audit_sampling
from arena.leaderboards.counting import Kept
from arena.models import Answer, Battle
from arena.ranking.betting import Drawn, bet_on_pairs
from arena.ranking.fairness import fit_of_sides
from serving.models import LanguageModel
from tests.arena.cast import consent_from, make_battle, make_model, make_participant

pytestmark = pytest.mark.django_db


@pytest.fixture
def models() -> list[LanguageModel]:
    """Four contestants, one the child of another, which meet more often."""
    first, *others = [make_model(name) for name in ("ahuntz", "behi", "catu")]
    return [first, *others, make_model("antxume", parent=first)]


def keep(draws: list[Draw], **values: object) -> None:
    """Write the draws as battles."""
    participant = make_participant()
    Battle.objects.bulk_create(
        Battle(
            participant=participant,
            consent=consent_from(participant),
            model_a=draw.a,
            model_b=draw.b,
            pair_probability=draw.probability,
            language="eu",
            interface_language="eu",
            **values,
        )
        for draw in draws
    )


def draw_many(models: list[LanguageModel], number: int = 3000, seed: int = 5) -> list[Draw]:
    source = random.Random(seed)
    return [draw_pair(models, source=source) for _battle in range(number)]


def test_every_model_is_on_either_side_half_of_the_time(models: list[LanguageModel]) -> None:
    keep(draw_many(models))
    assert {side.model for side in audit_sampling().sides} == {model.pk for model in models}
    assert audit_sampling().unfair_sides == []


def test_pairs_are_drawn_with_their_stored_probabilities(models: list[LanguageModel]) -> None:
    draws = draw_many(models)
    family = frozenset((models[0].pk, models[3].pk))
    drawn = Counter(frozenset((draw.a.pk, draw.b.pk)) for draw in draws)
    keep(draws)
    assert drawn[family] / len(draws) == pytest.approx(3 / 8, abs=0.03)
    assert audit_sampling().pairs_fair


def test_the_audit_holds_while_models_come_and_go(models: list[LanguageModel]) -> None:
    keep(draw_many(models[:3], 500) + draw_many(models, 700) + draw_many(models[1:], 500))
    LanguageModel.objects.filter(pk=models[0].pk).update(state="retired")
    found = audit_sampling()
    assert found.pairs.draws == 1700
    assert found.pairs_fair


def test_the_audit_notices_a_model_that_is_never_drawn_any_more(models: list[LanguageModel]) -> None:
    keep(draw_many(models, 300) + draw_many(models[1:], 300))
    assert not audit_sampling().pairs_fair


def test_the_audit_holds_where_a_model_was_away_for_long(models: list[LanguageModel]) -> None:
    keep(draw_many(models, 300) + draw_many(models[:3], 2000) + draw_many(models, 300))
    assert audit_sampling().pairs_fair


class Sampler:
    """Draws whose probabilities change with every draw, as they do where each is voted on."""

    def __init__(self, models: list[LanguageModel], seed: int = 7) -> None:
        self.models, self.source = models, random.Random(seed)
        self.table = np.zeros((4, len(models), len(models)), dtype=np.int64)

    def next(self) -> Lots:
        return lots_of(self.models, known=Kept(0, tuple(model.pk for model in self.models), self.table))

    def keep(self, pair: list[int]) -> None:
        i, j = pair
        self.table[0, min(i, j), max(i, j)] += self.source.random() < 0.7
        self.table[1, min(i, j), max(i, j)] += 1

    def draws(self, number: int, weights: Callable[[Lots], list[float]]) -> list[Drawn]:
        """Pairs drawn by `weights` of the lots, each stored with the probability that the lots gave it."""
        found = []
        for _draw in range(number):
            lots = self.next()
            place = self.source.choices(range(len(lots.pairs)), weights(lots))[0]
            self.keep(lots.pairs[place].tolist())
            found.append(Drawn(frozenset(lots.pairs[place].tolist()), float(lots.probabilities[place])))
        return found


@pytest.fixture
def sampler(models: list[LanguageModel]) -> Sampler:
    """Four models of which three are known, so that draws are far from alike."""
    sampler = Sampler(models)
    sampler.table[:2, :3, :3] = 300 * np.triu(np.ones((3, 3)), 1)
    return sampler


def test_the_audit_holds_where_probabilities_change_with_every_draw(sampler: Sampler) -> None:
    assert bet_on_pairs(sampler.draws(500, lambda lots: lots.probabilities.tolist()), here=range(4)).p > 0.05


def test_the_audit_notices_that_information_is_stored_and_a_uniform_pair_drawn(sampler: Sampler) -> None:
    assert bet_on_pairs(sampler.draws(500, lambda lots: [1.0] * 6)).p < ALARM


def test_the_audit_notices_that_the_probability_of_another_pair_is_stored(sampler: Sampler) -> None:
    assert bet_on_pairs(sampler.draws(500, lambda lots: np.roll(lots.probabilities, 1).tolist())).p < ALARM


def test_the_audit_notices_that_the_uniform_floor_is_left_out(sampler: Sampler) -> None:
    def bare(lots: Lots) -> list[float]:
        return (lots.probabilities - 0.3 / 6 + 1e-9).clip(0).tolist()

    assert bet_on_pairs(sampler.draws(700, bare), here=range(4)).p < ALARM


def test_false_alarms_are_rarer_than_their_p_value_says(models: list[LanguageModel]) -> None:
    p = [
        bet_on_pairs(Sampler(models, seed).draws(60, lambda lots: lots.probabilities.tolist())).p for seed in range(60)
    ]
    assert sum(value < 0.05 for value in p) <= 4


def test_a_model_whose_battles_fail_is_not_held_against_the_sampler(models: list[LanguageModel]) -> None:
    """Its pair was drawn; that its side failed and another model took its place is no fault of the draw."""
    draws = [Drawn(frozenset((draw.a.pk, draw.b.pk)), draw.probability) for draw in draw_many(models, 1500)]
    failed = [Drawn(d.pair, None) if models[1].pk in d.pair and i % 2 else d for i, d in enumerate(draws)]
    assert bet_on_pairs(failed, here={model.pk for model in models}).p > 0.05


def test_the_audit_notices_a_pair_that_is_drawn_too_often(models: list[LanguageModel], caplog) -> None:
    draws = draw_many(models, 600)
    keep(draws + [Draw(a=models[1], b=models[2], probability=1 / 8)] * 80)
    assert audit_sampling().pairs.pair == {models[1].pk, models[2].pk}
    assert not audit_sampling().pairs_fair
    tasks.audit_sampling()
    assert "Pairs are not drawn with their stored probabilities" in caplog.text


def test_the_audit_notices_a_pair_that_is_never_drawn(models: list[LanguageModel]) -> None:
    never = {models[1].pk, models[2].pk}
    keep([draw for draw in draw_many(models, 600) if {draw.a.pk, draw.b.pk} != never])
    assert not audit_sampling().pairs_fair


def test_the_audit_notices_a_model_that_is_always_on_one_side(models: list[LanguageModel], caplog) -> None:
    keep([Draw(a=models[0], b=models[1], probability=1.0)] * 40)
    assert {side.model for side in audit_sampling().unfair_sides} == {models[0].pk, models[1].pk}
    tasks.audit_sampling()
    assert "A model is on one side too often" in caplog.text


def test_the_audit_of_sides_leaves_redrawn_battles_out(models: list[LanguageModel]) -> None:
    keep([Draw(a=models[0], b=models[1], probability=0.1)] * 40, redrawn=True)
    assert audit_sampling().sides == []
    assert audit_sampling().pairs.p == 1


def test_the_audit_knows_the_pair_that_was_drawn_before_a_side_failed(models: list[LanguageModel]) -> None:
    one, other, third, _child = models
    battle = make_battle(one, other, redrawn=True)
    Answer.objects.filter(turn__battle=battle, side="b").update(state="failed")
    Answer.objects.create(
        turn=battle.turns.get(), side="b", attempt=2, state="complete", model=third, revision="", decoding={}
    )
    Battle.objects.update(model_b=third)
    assert _first_pairs() == {battle.pk: {one.pk, other.pk}}


def test_the_audit_leaves_repeats_out(models: list[LanguageModel]) -> None:
    first = make_battle(models[0], models[1])
    keep([Draw(a=models[0], b=models[1], probability=1.0)] * 40, repeats=first)
    assert audit_sampling().pairs.draws == 1
    assert audit_sampling().unfair_sides == []


def test_the_audit_of_no_battles_is_silent(caplog) -> None:
    with caplog.at_level(logging.WARNING):
        tasks.audit_sampling()
    assert caplog.text == ""


def test_sides_are_counted_for_both_models() -> None:
    [one, two] = fit_of_sides([(1, 2), (1, 2), (2, 1)])
    assert (one.on_a, one.battles, two.on_a, two.battles) == (2, 3, 1, 3)
