"""The counts of this moment, by the names of the models."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from arena.leaderboards.boards import OVERALL
from arena.leaderboards.counting import kept
from arena.models.battles import Outcome
from arena.ranking.counts import Counts
from serving.models import LanguageModel

# Number and name of a model.
Named = tuple[int, str]


def counts_now(name: str = OVERALL, *, simulated: bool = False, excluded: bool = False) -> Counts:
    """The counts kept with the votes, of the models that `ballots_of` has too."""
    found = kept(name, simulated=simulated, excluded=excluded)
    met = found.table.any(axis=(0, 1)) | found.table.any(axis=(0, 2))
    models = on_board({found.ids[i] for i in np.flatnonzero(met)})
    places = {model: place for place, model in enumerate(found.ids)}
    old = [places[pk] for pk, _name in models if pk in places]
    new = [n for n, (pk, _name) in enumerate(models) if pk in places]
    tables = {}
    for outcome, table in zip(Outcome.values, found.table, strict=True):
        tables[outcome] = np.zeros((len(models), len(models)), dtype=np.int64)
        tables[outcome][np.ix_(new, new)] = table[np.ix_(old, old)]
    return Counts(tuple(name for _pk, name in models), **tables)


def on_board(met: Collection[int]) -> list[Named]:
    """Every contestant and everybody whose number is in `met`, by name."""
    return [(pk, name) for pk, name, contests in models_now() if contests or pk in met]


def models_now() -> list[tuple[int, str, bool]]:
    """Number and name of every model, by name, and whether it contests."""
    models = LanguageModel.objects.values_list("pk", "name", "state")
    return sorted(
        ((pk, name, state == LanguageModel.State.ACTIVE) for pk, name, state in models), key=lambda model: model[1]
    )
