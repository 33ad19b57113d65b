"""The loop closes: votes of simulated voters make a child, which then fights its parent.

    python -m bench.loop [--model NAME]

`make run` on a fresh folder with the demo models; voters who prefer Basque hold 300 battles, a fifth of them on
held-out prompts, as the gate wants pairs that were never trained on, and more until there are 100 pairs, for which
the time is asked; `manage.py retrain` on one contestant; then child and parent alone in the arena, on the held-out
prompts, before the same judge.

Trained is the contestant that both wins and loses most. Its votes tell its own good answers from its own bad ones,
which is what preferences can teach. One that always pleases the judge can win no more often, however well the
training works; one that never does (the English adapter) would have to learn a language from a hundred answers of
others: measured, its child passed the gate and still answered in English.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, Report, give, parser_of
from bench.site import DEMO, ROOT
from bench.start import made

if TYPE_CHECKING:
    from arena.leaderboards.verdict import Verdict
    from serving.models import LanguageModel
    from training.models import TrainingRun

OPEN_BATTLES = 240
HELD_OUT_BATTLES = 60
MORE_BATTLES = 40
MOST_BATTLES = 640
WANTED_PAIRS = 100
DUEL_BATTLES = 160


@dataclass(frozen=True)
class Closing:
    """`entered` and `first_answer` are seconds from the click on retrain; without a child the gate refused it."""

    run: TrainingRun
    entered: float
    first_answer: float | None = None
    verdict: Verdict | None = None


def vote(root: str, battles: int, *, prompts: str) -> None:
    from django.core.management import call_command

    url = f"{root.replace('http', 'ws', 1)}/ws/arena/"
    call_command("simulate_voters", battles=battles, preference="basque", prompts=prompts, url=url)


def most_to_learn() -> LanguageModel:
    """The adapter with most pairs of the kind, won or lost, of which it has fewer."""
    from arena.datasets.preferences import gather
    from serving.models import LanguageModel

    pairs = gather(format="dpo", model=None, since=None, simulated=True).rows["train"]
    won, lost = (Counter(pair[f"{kind}_model"] for pair in pairs) for kind in ("chosen", "rejected"))
    adapters = LanguageModel.objects.contesting().filter(kind=LanguageModel.Kind.ADAPTER)
    return max(adapters, key=lambda model: min(won[model.name], lost[model.name]))


def close(root: str, name: str | None) -> Closing:
    from django.core.management import CommandError, call_command

    from arena.leaderboards.verdict import verdict
    from serving.models import LanguageModel
    from training.models import TrainingRun
    from training.stock import stock_of

    vote(root, OPEN_BATTLES, prompts="open")
    vote(root, HELD_OUT_BATTLES, prompts="held-out")
    parent = LanguageModel.objects.get(name=name) if name else most_to_learn()
    held = OPEN_BATTLES + HELD_OUT_BATTLES
    while stock_of(parent, simulated=True).pairs < WANTED_PAIRS and held < MOST_BATTLES:
        vote(root, MORE_BATTLES, prompts="open")
        held += MORE_BATTLES
    print(f"\nretrain {parent.name} after {held} battles:", flush=True)
    click = time.monotonic()
    try:
        call_command("retrain", model=parent.name, simulated=True, wait=True)
    except CommandError as error:
        print(error)
    entered = time.monotonic() - click
    run = TrainingRun.objects.select_related("parent", "child", "preference_set").get()
    if run.child is None:
        return Closing(run, entered)
    LanguageModel.objects.exclude(pk__in=[run.child.pk, parent.pk]).update(state=LanguageModel.State.RETIRED)
    vote(root, 1, prompts="held-out")
    first_answer = time.monotonic() - click
    vote(root, DUEL_BATTLES, prompts="held-out")
    return Closing(run, entered, first_answer, verdict(child=run.child, parent=parent, simulated=True))


def report(closing: Closing) -> Report:
    run = closing.run
    pairs = run.preference_set.pairs if run.preference_set else 0
    figures = [Figure("loop: pairs trained on", pairs, "pairs", at_least=WANTED_PAIRS)]
    details: dict[str, Any] = {"model": run.parent.name, "state": run.state, "reason": run.reason, "gate": run.gate}
    if closing.first_answer is not None and closing.verdict is not None:
        duels = {"all votes": closing.verdict.duel, "like length": closing.verdict.matched}
        figures.append(Figure("loop: retrain to the child's first answer", closing.first_answer / 60, "min", at_most=3))
        for what, duel in duels.items():
            decided = duel.child_wins + duel.parent_wins
            figures += [
                Figure(f"loop: child beats parent, {what}", duel.child_wins / max(1, decided), "of decided"),
                Figure(f"loop: child beats parent, {what}, decided", decided, "votes"),
                Figure(f"loop: child beats parent, {what}, Wilson, upper", duel.upper, ""),
            ]
            asked = 0.5 if what == "all votes" else None
            figures.append(Figure(f"loop: child beats parent, {what}, Wilson, lower", duel.lower, "", at_least=asked))
        details["duels"] = {what: asdict(duel) for what, duel in duels.items()}
    else:
        # A child that the gate refuses is an answer, though not the one hoped for.
        figures.append(Figure("loop: children that entered", 0, "", at_least=1))
    return Report(figures, details)


def run(demo: Path, name: str | None) -> Report:
    var = Path(tempfile.mkdtemp(prefix="harea-loop-"))
    try:
        shutil.copytree(demo, var / "demo")
        with made(ROOT, var) as site:
            os.environ.update({"HAREA_VAR": str(var), "SITE_URL": site.root, "LOG_LEVEL": "ERROR"})
            os.environ["DJANGO_SETTINGS_MODULE"] = "arena.settings"
            import django

            django.setup()
            return report(close(site.root, name))
    finally:
        shutil.rmtree(var, ignore_errors=True)


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("--demo", type=Path, default=DEMO, help="what training/recipes/demo.toml made")
    parser.add_argument("--model", help="the contestant to train; otherwise the one with most to learn")
    options = parser.parse_args()
    given = run(options.demo.resolve(), options.model)
    for check in given.details["gate"].get("checks", []):
        print(f"  gate: {check}")
    give(given, options.out)


if __name__ == "__main__":
    main()
