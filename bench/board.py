"""From a vote to the board: what a board of many models costs, and how soon it knows of a vote.

    python -m bench.board [--models 100] [--votes 1000000]
    python -m tests.postgres -- python -m bench.board        on PostgreSQL

The counts are those of a simulated arena, once of `--votes` votes and once of ten times as many; the votes that are
timed are real ones, cast one after the other as the page casts them. Medians, in one process.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

from bench.figures import Figure, Report, give, parser_of
from bench.site import fresh_database

MOST_MODELS = 300
MOST_VOTES = 100_000_000
MINIMUM = 10
TIMES = 200
SPREAD = 0.7
TIES, BOTH_BAD = 0.15, 0.1


def milliseconds(action: Callable[[], Any]) -> float:
    """The median time of the action, after a first one that warms up."""
    action()
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return 1000 * median(seconds)


def make_models(models: int) -> None:
    from serving.models import Engine, LanguageModel

    engine = Engine.objects.create(name="none", url="http://127.0.0.1:9/v1")
    LanguageModel.objects.bulk_create(
        LanguageModel(
            name=f"model-{n:03}", title=f"Model {n}", kind="remote", engine=engine, served_name=f"{n}", revision="1"
        )
        for n in range(models)
    )


def keep_counts(votes: int) -> None:
    """The overall board's kept counts as `votes` votes on all pairs would have left them."""
    # Here and not above: the arena tells numpy how many threads to use, and is imported first.
    import numpy as np

    from arena.leaderboards import counting
    from arena.models import BoardVersion, PairCount
    from serving.models import LanguageModel

    source = np.random.default_rng(0)
    numbers = list(LanguageModel.objects.order_by("pk").values_list("pk", flat=True))
    n = len(numbers)
    strengths = source.normal(0, SPREAD, n)
    PairCount.objects.filter(board="overall").delete()
    rows = []
    for place in np.flatnonzero(~np.eye(n, dtype=bool)):
        i, j = divmod(int(place), n)
        total = int(source.poisson(votes / (n * (n - 1))))
        tie, both_bad = int(source.binomial(total, TIES)), int(source.binomial(total, BOTH_BAD))
        decided = max(0, total - tie - both_bad)
        a = int(source.binomial(decided, 1 / (1 + np.exp(strengths[j] - strengths[i]))))
        counts = {"a": a, "b": decided - a, "tie": tie, "both_bad": both_bad}
        rows.append(
            PairCount(
                board="overall", population="people", model_a_id=numbers[i], model_b_id=numbers[j], version=1, **counts
            )
        )
    PairCount.objects.bulk_create(rows, batch_size=1000)
    BoardVersion.objects.update_or_create(board="overall", defaults={"version": 1})
    counting.forget()


def answered_battles(count: int) -> list[Any]:
    """Battles of one participant on pairs drawn by lot, that only lack a vote."""
    import numpy as np

    from arena.models import Answer, Battle, Turn
    from arena.people.consent import give_consent
    from serving.models import LanguageModel

    source = np.random.default_rng(1)
    models = list(LanguageModel.objects.order_by("pk"))
    consent = give_consent(participant=None, language="en", publish=True, train=True, simulated=False)
    drawn = [source.choice(len(models), 2, replace=False) for _ in range(count)]
    battles = Battle.objects.bulk_create(
        Battle(
            participant=consent.participant,
            consent=consent,
            language="eu",
            category="food",
            interface_language="eu",
            model_a=models[i],
            model_b=models[j],
            pair_probability=1.0,
        )
        for i, j in drawn
    )
    turns = Turn.objects.bulk_create(Turn(battle=battle, number=1, text="Kaixo!") for battle in battles)
    Answer.objects.bulk_create(
        Answer(turn=turn, side=side, state="complete", text="Kaixo!", model=model, revision="1", decoding={})
        for turn in turns
        for side, model in (("a", turn.battle.model_a), ("b", turn.battle.model_b))
    )
    return list(battles)


def from_vote_to_rating() -> tuple[float, float]:
    """Median milliseconds that a vote takes to be in the database, and from then until every rating is exact."""
    from arena.battles.voting import cast_vote
    from arena.leaderboards.counts import counts_now
    from arena.ranking.ratings import ratings_of

    casting, rating = [], []
    votes = counts_now().total()
    for number, battle in enumerate(answered_battles(TIMES + 5)):
        start = time.perf_counter()
        cast_vote(battle=battle, outcome="ab"[number % 2], key=uuid.uuid4(), dwell_ms=1000)
        cast = time.perf_counter()
        counts = counts_now()
        ratings_of(counts, minimum=MINIMUM)
        end = time.perf_counter()
        assert counts.total() == votes + number + 1, (counts.total(), votes, number)
        casting.append(cast - start)
        rating.append(end - cast)
    # The first ones warm up.
    return 1000 * median(casting[5:]), 1000 * median(rating[5:])


def run(models: int, votes: int) -> Report:
    with fresh_database():
        from django.db import connection

        from arena.leaderboards.counts import counts_now
        from arena.ranking.board import board_of
        from arena.ranking.ratings import ratings_of

        make_models(models)
        figures = []
        for number in (votes, 10 * votes):
            keep_counts(number)
            counts = counts_now()
            what = f"board of {models} models, {number:,} votes"
            # A copy each time: a table keeps what was derived from it.
            took = milliseconds(partial(lambda table: ratings_of(replace(table), minimum=MINIMUM), counts))
            figures.append(Figure(f"{what}: ratings with intervals", took, "ms", at_most=2))
        took = milliseconds(lambda: board_of(counts_now(), minimum=MINIMUM))
        figures.append(Figure(f"{what}: with ranks, read", took, "ms"))
        casting, rating = from_vote_to_rating()
        where = f"{connection.vendor}, {models} models"
        figures.append(Figure(f"vote cast, {where}", casting, "ms"))
        figures.append(Figure(f"vote in the database to exact ratings, {where}", rating, "ms", at_most=5))
    return Report(figures, {"models": models, "votes": votes})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--models", type=int, default=100, help=f"models on the board, at most {MOST_MODELS}")
    parser.add_argument("--votes", type=int, default=1_000_000, help=f"votes on the board, at most {MOST_VOTES}")
    options = parser.parse_args()
    give(run(min(options.models, MOST_MODELS), min(options.votes, MOST_VOTES)), options.out)


if __name__ == "__main__":
    main()
