"""Ratings, intervals and the bootstrap beside evalica, choix and arena-rank, on the same votes.

    python -m bench.ranking [--votes 1000000] [--models 100] [--only ratings,bootstrap,counts,big]

Each method runs in a process of its own: the median of several runs after a first one that warms up (the slowest peers
are run once), and the most memory that it took beyond the votes.

- ratings: from a DataFrame of strings to ratings, ours with 95 % intervals; the peers but arena-rank have none.
- bootstrap: 1,000 refits from the counts, each with a random weight for every vote.
- counts: from counts that are kept to ratings with intervals, and to the whole board with its rank intervals.
- big: the memory of the first, on 10,000,000 votes, each run once.

A peer that is not installed (requirements/bench.txt) is told as NOT RUN.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TypeVar

import numpy as np
import pandas as pd

from arena.ranking.ballots import Ballots
from arena.ranking.board import board_of
from arena.ranking.bootstrap import bootstrap
from arena.ranking.bradley_terry import CENTRE, POINTS, as_ratings
from arena.ranking.counts import Counts, FloatMatrix, FloatVector
from arena.ranking.ratings import ratings_of
from bench.figures import Figure, Report, give, parser_of
from bench.memory import peak, reset_peak
from bench.site import ROOT

T = TypeVar("T")

MOST_VOTES, MOST_MODELS = 10_000_000, 500
TIES = 0.26
ROUNDS = 1000
MINIMUM = 5


@dataclass(frozen=True)
class Row:
    method: str
    seconds: float
    # Beyond the process with its votes, before the first run.
    memory_mb: float
    # Ratings, or the bootstrap's standard errors, in points.
    points: list[float]


def sample_votes(votes: int, models: int) -> pd.DataFrame:
    """Votes on models that do not all meet alike often; the same at every call."""
    source = np.random.default_rng(2026)
    strengths = np.sort(source.normal(0, 0.7, models))
    a = source.choice(models, votes, p=source.dirichlet(np.full(models, 3.0)))
    b = (a + 1 + source.integers(0, models - 1, votes)) % models
    wins = source.random(votes) < 1 / (1 + np.exp(strengths[b] - strengths[a]))
    outcome = np.where(source.random(votes) < TIES, 2, np.where(wins, 0, 1))
    names = np.array([f"model-{i:03}" for i in range(models)], dtype=object)
    outcomes = np.array(["a", "b", "tie"], dtype=object)[outcome]
    return pd.DataFrame({"model_a": names[a], "model_b": names[b], "outcome": outcomes}, dtype="str")


def our_ratings(frame: pd.DataFrame) -> FloatVector:
    return ratings_of(Ballots.of_frame(frame), minimum=MINIMUM, intervals="iid").rating


def evalica_ratings(frame: pd.DataFrame) -> FloatVector:
    import evalica

    winners = frame["outcome"].map({"a": evalica.Winner.X, "b": evalica.Winner.Y, "tie": evalica.Winner.Draw})
    scores = evalica.bradley_terry(frame["model_a"], frame["model_b"], winners).scores
    return as_ratings(np.log(scores.sort_index().to_numpy()))


def choix_ratings(frame: pd.DataFrame) -> FloatVector:
    """As choix takes ties in lists: a win is two pairs, a tie one pair each way."""
    import choix

    codes, names = pd.factorize(pd.concat([frame["model_a"], frame["model_b"]]), sort=True)
    a, b = codes[: len(frame)], codes[len(frame) :]
    outcome = frame["outcome"].to_numpy()
    first = np.where(outcome == "b", b, a), np.where(outcome == "b", a, b)
    second = np.where(outcome == "a", a, b), np.where(outcome == "a", b, a)
    winners, losers = np.concatenate([first[0], second[0]]), np.concatenate([first[1], second[1]])
    return as_ratings(choix.ilsr_pairwise(len(names), list(zip(winners.tolist(), losers.tolist(), strict=True))))


def arena_rank_ratings(frame: pd.DataFrame) -> FloatVector:
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    outcomes = {"a": 1.0, "b": 0.0, "tie": 0.5}
    data = PairDataset.from_pandas(frame, outcome_col="outcome", outcome_map=outcomes.get)
    found = BradleyTerry(n_competitors=len(data.competitors)).compute_ratings_and_cis(data)
    by_name = dict(zip(found["competitors"], np.asarray(found["ratings"], dtype=np.float64), strict=True))
    ratings = np.array([by_name[name] for name in sorted(by_name)])
    return np.asarray(ratings - ratings.mean() + CENTRE, dtype=np.float64)


def our_bootstrap(counts: Counts) -> FloatVector:
    return _errors(bootstrap(counts, ROUNDS))


def weighted_wins(counts: Counts) -> Iterator[FloatMatrix]:
    """What the peers refit: wins with ties as half, the votes of every cell with exponential weights."""
    source = np.random.default_rng(1)
    decided, ties = counts.decided.astype(np.float64), np.triu(counts.ties).astype(np.float64)
    for _round in range(ROUNDS):
        tied = source.standard_gamma(ties) / 2
        yield source.standard_gamma(decided) + tied + tied.T


def choix_bootstrap(counts: Counts) -> FloatVector:
    import choix

    return _errors(np.array([choix.ilsr_pairwise_dense(wins) for wins in weighted_wins(counts)]))


def evalica_bootstrap(counts: Counts) -> FloatVector:
    import evalica

    one, other = np.nonzero(counts.wins)
    xs, ys = [counts.models[i] for i in one], [counts.models[j] for j in other]
    winners = [evalica.Winner.X] * len(xs)
    rounds = []
    for wins in weighted_wins(counts):
        scores = evalica.bradley_terry(xs, ys, winners, weights=wins[one, other].tolist()).scores
        rounds.append(np.log(scores.sort_index().to_numpy()))
    return _errors(np.array(rounds))


def _errors(rounds: FloatMatrix) -> FloatVector:
    return np.asarray(POINTS * (rounds - rounds.mean(axis=1, keepdims=True)).std(axis=0))


# By name: how, the module that it needs, and how often it is timed after the first run; 0: the first run counts.
RATINGS: dict[str, tuple[Callable[[pd.DataFrame], FloatVector], str, int]] = {
    "ours": (our_ratings, "arena", 9),
    "evalica": (evalica_ratings, "evalica", 3),
    "choix.ilsr_pairwise": (choix_ratings, "choix", 1),
    "arena-rank": (arena_rank_ratings, "arena_rank", 3),
}
BOOTSTRAPS: dict[str, tuple[Callable[[Counts], FloatVector], str, int]] = {
    "ours": (our_bootstrap, "arena", 5),
    "evalica": (evalica_bootstrap, "evalica", 0),
    "choix.ilsr_pairwise_dense": (choix_bootstrap, "choix", 1),
}
# How many times faster ours must be.
FASTER = {
    "ratings": {"evalica": 30.0, "choix.ilsr_pairwise": 50.0, "arena-rank": 40.0},
    "bootstrap": {"evalica": 15.0, "choix.ilsr_pairwise_dense": 6.0},
}


def time_here(part: str, method: str, votes: int, models: int) -> Row:
    """Run the method in this process."""
    frame = sample_votes(votes, models)
    run: Callable[[], FloatVector]
    if part == "bootstrap":
        refit, _module, repeats = BOOTSTRAPS[method]
        run = partial(refit, Ballots.of_frame(frame).counts())
    else:
        rate, _module, repeats = RATINGS[method]
        repeats = 0 if part == "big" else repeats
        run = partial(rate, frame)
    before = reset_peak()
    seconds, points = timed(run, repeats=repeats)
    return Row(method, seconds, (peak() - before) / 1e6, points.tolist())


def timed(run: Callable[[], T], *, repeats: int) -> tuple[float, T]:
    """Median seconds of the runs after the first, or of the first where it is the only one; and what it gave."""
    seconds = []
    for _run in range(1 + repeats):
        start = time.perf_counter()
        result = run()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[1:] or seconds)), result


def time_apart(part: str, method: str, votes: int, models: int) -> Row:
    """Run the method in a process of its own."""
    what = ["--part", part, "--method", method, "--votes", str(votes), "--models", str(models)]
    command = [sys.executable, "-m", "bench.ranking", *what]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Row(**json.loads(said.splitlines()[-1]))


def compare(part: str, votes: int, models: int, of: str) -> tuple[list[Figure], list[Row]]:
    methods = {name: module for name, (_run, module, _repeats) in (RATINGS | BOOTSTRAPS).items()}
    rows = {}
    for name in ("ours", *FASTER[part]):
        if find_spec(methods[name]) is None:
            print(f"NOT RUN {of} against {name}: it is not installed (requirements/bench.txt)")
        else:
            rows[name] = time_apart(part, name, votes, models)
    mine = rows.pop("ours")
    figures = [Figure(of, mine.seconds * 1000, "ms"), Figure(f"{of}: memory", mine.memory_mb, "MB")]
    for name, row in rows.items():
        asked = FASTER[part][name]
        figures.append(Figure(f"{of}: faster than {name}", row.seconds / mine.seconds, "times", at_least=asked))
        apart = float(np.abs(np.subtract(row.points, mine.points)).max())
        figures.append(Figure(f"{of}: apart from {name}", apart, "points"))
    return figures, [mine, *rows.values()]


def big(models: int) -> tuple[list[Figure], list[Row]]:
    of = f"ratings with intervals, {MOST_VOTES:,} votes"
    rows = {}
    for name in ("ours", "evalica", "arena-rank"):
        if find_spec(RATINGS[name][1]) is None:
            print(f"NOT RUN {of} against {name}: it is not installed (requirements/bench.txt)")
        else:
            rows[name] = time_apart("big", name, MOST_VOTES, models)
    mine = rows.pop("ours")
    figures = [Figure(of, mine.seconds * 1000, "ms"), Figure(f"{of}: memory", mine.memory_mb, "MB")]
    for name, row in rows.items():
        share = mine.memory_mb / row.memory_mb
        figures.append(Figure(f"{of}: share of {name}'s memory", share, "", at_most=1 / 3))
    return figures, [mine, *rows.values()]


def from_counts(votes: int, models: int) -> list[Figure]:
    counts = Ballots.of_frame(sample_votes(votes, models)).counts()
    # A copy each time: a table keeps what was derived from it.
    rated, _ratings = timed(lambda: ratings_of(replace(counts), minimum=MINIMUM), repeats=100)
    whole, _board = timed(lambda: board_of(replace(counts), minimum=MINIMUM), repeats=100)
    of = f"from kept counts of {votes:,} votes, {models} models"
    return [
        Figure(f"{of}: ratings with intervals", rated * 1000, "ms", at_most=2),
        Figure(f"{of}: the board with rank intervals", whole * 1000, "ms"),
    ]


def run(votes: int, models: int, only: list[str]) -> Report:
    figures: list[Figure] = []
    rows: list[Row] = []
    names = {"ratings": "ratings with intervals", "bootstrap": f"{ROUNDS:,} refits"}
    for part, name in names.items():
        if part in only:
            found = compare(part, votes, models, f"{name}, {votes:,} votes, {models} models")
            figures, rows = figures + found[0], rows + found[1]
    if "counts" in only:
        figures += from_counts(votes, models)
    if "big" in only:
        found = big(models)
        figures, rows = figures + found[0], rows + found[1]
    return Report(figures, {"rows": [asdict(row) for row in rows]})


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--votes", type=int, default=1_000_000, help=f"at most {MOST_VOTES}")
    parser.add_argument("--models", type=int, default=100, help=f"at most {MOST_MODELS}")
    parser.add_argument("--only", default="ratings,bootstrap,counts,big", help="parts, separated by commas")
    parser.add_argument("--part", help="with --method: only that, in this process, told as JSON")
    parser.add_argument("--method", choices=sorted(RATINGS | BOOTSTRAPS))
    options = parser.parse_args()
    votes, models = min(options.votes, MOST_VOTES), min(options.models, MOST_MODELS)
    if options.method:
        print(json.dumps(asdict(time_here(options.part, options.method, votes, models))))
    else:
        give(run(votes, models, options.only.split(",")), options.out)


if __name__ == "__main__":
    main()
