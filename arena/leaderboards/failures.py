"""How often each model failed to answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock

from django.db.models import Count, Max, Min

from arena.models import Answer


@dataclass(frozen=True)
class Attempts:
    """Answers that were begun and came to an end by themselves, and how many of them failed."""

    tried: int
    failed: int

    @property
    def rate(self) -> float | None:
        return self.failed / self.tried if self.tried else None


@dataclass
class _Known:
    """What this process has counted: answers by model, simulated or not, and state, up to the number `last`."""

    last: int = 0
    answers: Counter[tuple[int, bool, str]] = field(default_factory=Counter)


_known = _Known()
_one_at_a_time = Lock()


def attempts(*, simulated: bool) -> dict[int, Attempts]:
    """By model id, in all battles of people, and with `simulated` those of simulated voters too.

    An answer counts as soon as it and all that were begun before it are over; what a person stopped counts nowhere.
    """
    with _one_at_a_time:
        _look()
        asked = (False, True) if simulated else (False,)
        found = {}
        for model in {model for model, _simulated, _state in _known.answers}:
            complete, failed = (
                sum(_known.answers[model, by_simulated, state] for by_simulated in asked)
                for state in (Answer.State.COMPLETE, Answer.State.FAILED)
            )
            found[model] = Attempts(complete + failed, failed)
        return found


def _look() -> None:
    """Count the answers that have ended since this process last looked."""
    new = Answer.objects.filter(pk__gt=_known.last)
    first_open = new.underway().aggregate(pk=Min("pk"))["pk"]
    last = first_open - 1 if first_open else new.aggregate(pk=Max("pk"))["pk"] or _known.last
    # A repeat's answers were counted where they were made.
    ended = new.filter(pk__lte=last, turn__battle__repeats=None).order_by()
    for *key, number in ended.values_list("model_id", "turn__battle__simulated", "state").annotate(Count("pk")):
        _known.answers[tuple(key)] += number
    _known.last = last


def forget() -> None:
    """Throw away what this process knows, where the database has become another one."""
    with _one_at_a_time:
        _known.last = 0
        _known.answers.clear()
