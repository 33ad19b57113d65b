"""Style control with intervals beside scikit-learn and arena-rank, on the same votes.

    python -m bench.style [--votes 1000000] [--models 100]

From a DataFrame of strings and four numbers a vote to a rating of every model, each method in a process of its own:
the median of several runs after a first one that warms up (the slowest peer is run once), and the most memory that
it took beyond the votes. scikit-learn gives no intervals and is timed without. A peer that is not installed
(requirements/bench.txt) is told as NOT RUN.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from arena.ranking.appearance import FEATURES
from arena.ranking.ballots import Ballots
from arena.ranking.bradley_terry import CENTRE, as_ratings
from arena.ranking.counts import FloatVector
from arena.ranking.intervals import half_widths
from arena.ranking.style import fit_style
from bench.figures import Figure, Report, give, parser_of
from bench.memory import peak, reset_peak
from bench.ranking import timed
from bench.site import ROOT

MOST_VOTES, MOST_MODELS = 10_000_000, 500
STYLE = np.array([0.25, 0.05, 0.03, 0.02])
TIES = 0.26


@dataclass(frozen=True)
class Row:
    method: str
    seconds: float
    # Beyond the process with its votes, before the first run.
    memory_mb: float
    ratings: list[float]


def sample_votes(votes: int, models: int) -> pd.DataFrame:
    """Votes of people who like length, the same at every call; as in a real arena some models meet far oftener."""
    source = np.random.default_rng(2026)
    strengths = np.sort(source.normal(0, 0.7, models))
    exposure = np.exp(source.normal(0, 1, models))
    a, b = source.choice(models, (2, votes), p=exposure / exposure.sum())
    # A model that would meet itself meets its neighbour.
    b = np.where(a == b, (b + 1) % models, b)
    features = source.normal(0, 1, (votes, len(FEATURES)))
    wins = source.random(votes) < 1 / (1 + np.exp(strengths[b] - strengths[a] - features @ STYLE - 0.09))
    outcome = np.where(source.random(votes) < TIES, 2, np.where(wins, 0, 1))
    names = np.array([f"model-{i:03}" for i in range(models)], dtype=object)
    outcomes = np.array(["a", "b", "tie"], dtype=object)[outcome]
    frame = pd.DataFrame({"model_a": names[a], "model_b": names[b], "outcome": outcomes}, dtype="str")
    return frame.assign(**dict(zip(FEATURES, features.T, strict=True)))


def ours(frame: pd.DataFrame) -> FloatVector:
    features = frame[list(FEATURES)].to_numpy()
    votes = replace(Ballots.of_frame(frame), features=features, feature_names=FEATURES)
    fit = fit_style(votes)
    half_widths(fit.covariance)
    return as_ratings(fit.strengths)


def published_recipe(frame: pd.DataFrame) -> FloatVector:
    """As the Arena's notebooks do it, every vote twice and a tie once each way; sparse, where they are dense."""
    twice = pd.concat([frame, frame], ignore_index=True)
    wins = (twice["outcome"] != "b").to_numpy(copy=True)
    wins[len(frame) :] &= (frame["outcome"] != "tie").to_numpy()
    return _logistic_regression(twice, wins, None)


def lean_recipe(frame: pd.DataFrame) -> FloatVector:
    """Only a tie is two rows, of weight ½."""
    tied = frame["outcome"] == "tie"
    rows = pd.concat([frame, frame[tied]], ignore_index=True)
    wins = np.concatenate([(frame["outcome"] != "b").to_numpy(), np.zeros(tied.sum(), dtype=bool)])
    return _logistic_regression(rows, wins, np.where(rows["outcome"] == "tie", 0.5, 1.0))


def _logistic_regression(rows: pd.DataFrame, wins: npt.NDArray[np.bool_], weights: FloatVector | None) -> FloatVector:
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    number = len(rows)
    codes, names = pd.factorize(pd.concat([rows["model_a"], rows["model_b"]]), sort=True)
    sides = (np.repeat([1.0, -1.0], number), (np.tile(np.arange(number), 2), codes))
    models = sparse.csr_matrix(sides, shape=(number, len(names)))
    design = sparse.hstack([models, sparse.csr_matrix(rows[list(FEATURES)].to_numpy())], format="csr")
    regression = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(design, wins, sample_weight=weights)
    return as_ratings(regression.coef_[0, : len(names)])


def arena_rank(frame: pd.DataFrame) -> FloatVector:
    from arena_rank.models.contextual_bradley_terry import ContextualBradleyTerry
    from arena_rank.utils.data_utils import ContextualPairDataset

    data = ContextualPairDataset.from_pandas(
        frame,
        feature_cols=list(FEATURES),
        outcome_col="outcome",
        outcome_map={"a": 1.0, "b": 0.0, "tie": 0.5}.get,
        reweighted=False,
    )
    model = ContextualBradleyTerry(n_competitors=data.n_competitors, n_features=data.n_features, reg=0.0)
    ratings = np.asarray(model.compute_ratings_and_cis(data)["ratings"], dtype=np.float64)
    return np.asarray(ratings - ratings.mean() + CENTRE, dtype=np.float64)


# By name: how, the module that it needs, and how often it is timed after the first run; 0: the first run counts.
METHODS: dict[str, tuple[Callable[[pd.DataFrame], FloatVector], str, int]] = {
    "ours": (ours, "arena", 7),
    "scikit-learn": (published_recipe, "sklearn", 0),
    "scikit-learn, ties as weights": (lean_recipe, "sklearn", 0),
    "arena-rank": (arena_rank, "arena_rank", 2),
}
# How many times faster ours must be; the leaner recipe is only told.
ASKED = {"scikit-learn": 100.0, "scikit-learn, ties as weights": None, "arena-rank": 35.0}


def time_here(method: str, votes: int, models: int) -> Row:
    """Run the method in this process."""
    run, _module, repeats = METHODS[method]
    frame = sample_votes(votes, models)
    before = reset_peak()
    seconds, ratings = timed(partial(run, frame), repeats=repeats)
    return Row(method, seconds, (peak() - before) / 1e6, ratings.tolist())


def time_apart(method: str, votes: int, models: int) -> Row:
    """Run the method in a process of its own."""
    command = [sys.executable, "-m", "bench.style", "--method", method, "--votes", str(votes), "--models", str(models)]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Row(**json.loads(said.splitlines()[-1]))


def run(votes: int, models: int) -> Report:
    missing = {name: module for name, (_run, module, _repeats) in METHODS.items() if find_spec(module) is None}
    rows = {name: time_apart(name, votes, models) for name in METHODS if name not in missing}
    mine = rows["ours"]
    of = f"style control, {votes:,} votes, {models} models"
    figures = [Figure(of, mine.seconds * 1000, "ms"), Figure(f"{of}: memory", mine.memory_mb, "MB")]
    for name, asked in ASKED.items():
        if name in rows:
            ratio = rows[name].seconds / mine.seconds
            figures.append(Figure(f"{of}: faster than {name}", ratio, "times", at_least=asked))
    if "scikit-learn" in rows:
        apart = float(np.abs(np.subtract(rows["scikit-learn"].ratings, mine.ratings)).max())
        figures.append(Figure(f"{of}: apart from scikit-learn", apart, "points", at_most=0.5))
    if "arena-rank" in rows:
        share = mine.memory_mb / rows["arena-rank"].memory_mb
        figures.append(Figure(f"{of}: share of arena-rank's memory", share, "", at_most=1 / 8))
    for name, module in missing.items():
        print(f"NOT RUN {of} against {name}: the module {module} is not installed (requirements/bench.txt)")
    details: dict[str, Any] = {"rows": [asdict(row) for row in rows.values()], "not_run": sorted(missing)}
    return Report(figures, details)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--votes", type=int, default=1_000_000, help=f"at most {MOST_VOTES}")
    parser.add_argument("--models", type=int, default=100, help=f"at most {MOST_MODELS}")
    parser.add_argument("--method", choices=sorted(METHODS), help="only this one, in this process, told as JSON")
    options = parser.parse_args()
    votes, models = min(options.votes, MOST_VOTES), min(options.models, MOST_MODELS)
    if options.method:
        print(json.dumps(asdict(time_here(options.method, votes, models))))
    else:
        give(run(votes, models), options.out)


if __name__ == "__main__":
    main()
