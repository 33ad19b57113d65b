"""Invariant 7: sides by a fair coin, pairs with their stored probabilities, and an audit that would notice."""

from __future__ import annotations

import logging
import random
from collections import Counter

import pytest

from arena import tasks
from arena.battles.sampling import Draw, draw_pair
from arena.leaderboards.audit import audit_sampling
from arena.models import Battle
from arena.ranking.fairness import fit_of_pairs, fit_of_sides
from serving.models import LanguageModel
from tests.arena.cast import consent_from, make_model, make_participant

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
    found = audit_sampling()
    assert found.pairs.draws == 1700
    assert found.pairs_fair


def test_false_alarms_are_as_rare_as_their_p_value_says() -> None:
    """300 audits of fair draws: one in twenty below .05, give or take."""
    source = random.Random(2)
    pairs = {frozenset((i, j)): 3.0 if i + j == 1 else 1.0 for i in range(5) for j in range(i)}
    total = sum(pairs.values())
    low = 0
    for _audit in range(300):
        drawn = source.choices(list(pairs), list(pairs.values()), k=400)
        low += fit_of_pairs((pair, pairs[pair] / total) for pair in drawn).p < 0.05
    assert low / 300 == pytest.approx(0.05, abs=0.035)


def test_the_audit_notices_a_pair_that_is_drawn_too_often(models: list[LanguageModel], caplog) -> None:
    draws = draw_many(models, 600)
    keep(draws + [Draw(a=models[1], b=models[2], probability=1 / 8)] * 80)
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


def test_the_audit_leaves_redrawn_battles_out(models: list[LanguageModel]) -> None:
    keep([Draw(a=models[0], b=models[1], probability=0.1)] * 40, redrawn=True)
    assert (audit_sampling().pairs.draws, audit_sampling().sides) == (0, [])


def test_the_audit_of_no_battles_is_silent(caplog) -> None:
    with caplog.at_level(logging.WARNING):
        tasks.audit_sampling()
    assert caplog.text == ""


def test_sides_are_counted_for_both_models() -> None:
    [one, two] = fit_of_sides([(1, 2), (1, 2), (2, 1)])
    assert (one.on_a, one.battles, two.on_a, two.battles) == (2, 3, 1, 3)
