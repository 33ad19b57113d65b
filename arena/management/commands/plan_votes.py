"""Plan a campaign: `python manage.py plan_votes --difference 50 --power 0.8`."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Callable
from math import isfinite
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arena.leaderboards.boards import OVERALL, known_boards
from arena.leaderboards.planning import Need, Plan, plan_board
from arena.ranking.planner import Goal


def _between(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not low < value < high:
            raise ArgumentTypeError(f"{text} is not between {low:g} and {high:g}")
        return value

    return read


class Command(BaseCommand):
    help = "Say how many more votes it takes until a pair, a model or the whole board is resolved, and when that is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--board", default=OVERALL, help="Such as overall, language:eu or category:food.")
        parser.add_argument("--difference", type=_between(0, 2000), default=50.0, help="In Elo points: 50.")
        parser.add_argument("--power", type=_between(0.5, 1), default=0.8, help="Probability of seeing it: 0.8.")
        parser.add_argument("--model", help="Until this contestant is told apart from every other.")
        parser.add_argument("--against", help="With --model: until the two are told apart.")
        parser.add_argument("--simulated", action="store_true", help="With the votes of simulated voters.")
        parser.add_argument("--format", choices=["table", "json"], default="table", help="For people or programs.")

    def handle(self, **options: Any) -> None:
        if options["board"] not in known_boards():
            raise CommandError(f"There is no board {options['board']!r} here.", returncode=2)
        if options["against"] and not options["model"]:
            raise CommandError("--against needs --model.", returncode=2)
        goal = Goal(difference=options["difference"], power=options["power"])
        plan = plan_board(goal, options["board"], simulated=options["simulated"])
        try:
            needs = _needs(plan, options["model"], options["against"])
        except ValueError as error:
            raise CommandError(f"{error}. Contestants: {', '.join(plan.models)}", returncode=2) from error
        if options["format"] == "json":
            self.stdout.write(json.dumps(_as_json(plan, options["board"], needs), indent=1))
        else:
            self.stdout.write("\n".join(_as_lines(plan, options["board"], needs)))


def _needs(plan: Plan, model: str | None, against: str | None) -> dict[str, Need]:
    unknown = [name for name in (model, against) if name and name not in plan.models]
    if unknown:
        raise ValueError(f"{unknown[0]!r} does not contest")
    if model and against:
        return {f"{model} – {against}": plan.pair(model, against)}
    if model:
        return {model: plan.model(model)}
    return {"the whole board": plan.whole(), **{name: plan.model(name) for name in plan.models}}


def _as_lines(plan: Plan, board: str, needs: dict[str, Need]) -> list[str]:
    told = f"told apart now from {plan.told:.0f} Elo points on" if isfinite(plan.told) else "nothing told apart yet"
    lines = [
        f"{board}: {plan.votes} votes on {len(plan.models)} models, {plan.pace:.1f} a day; {told}.",
        f"Until a difference of {plan.goal.difference:g} Elo points is seen with probability {plan.goal.power:g}:",
        *(f"  {name}: {_words(need)}" for name, need in needs.items()),
    ]
    if plan.too_many:
        lines.append(
            f"There are more models on the board than its votes can tell apart: {len(plan.models)} instead of "
            f"{plan.most}."
        )
    return lines


def _words(need: Need) -> str:
    if not need.votes:
        return "enough votes"
    when = f"{need.day.isoformat()} at the present pace" if need.day else "no date at the present pace"
    return f"{need.votes} more votes, {when}"


def _as_json(plan: Plan, board: str, needs: dict[str, Need]) -> dict[str, Any]:
    return {
        "board": board,
        "difference": plan.goal.difference,
        "power": plan.goal.power,
        "level": plan.goal.level,
        "votes": plan.votes,
        "models": len(plan.models),
        "votes_a_day": round(plan.pace, 2),
        "difference_told": round(plan.told, 1) if isfinite(plan.told) else None,
        "most_models": plan.most,
        "needs": {
            name: {"votes": need.votes, "day": need.day.isoformat() if need.day else None}
            for name, need in needs.items()
        },
    }
