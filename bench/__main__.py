"""Measure everything: `make bench`, or python -m bench [--cold] [--only relay,votes].

Each part runs by itself, one after the other, and is a command of its own (python -m bench.relay …). Prints one table
and writes bench/results/<date>.json with the facts of the machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Report, machine, table
from bench.site import ROOT
from tests.postgres import find_programs

RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Part:
    name: str
    command: list[str]
    # Why it cannot run here; "" where it can.
    missing: str = ""


def parts(*, cold: bool) -> list[Part]:
    def bench(module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", f"bench.{module}", *arguments]

    on_postgres = [sys.executable, "-m", "tests.postgres", "--"]
    no_postgres = "" if find_programs() else "PostgreSQL is not installed"
    # First what makes the demo models, where there are none yet: the others use them.
    known = [
        Part("start", bench("start")),
        Part("first-token", bench("first_token")),
        Part("relay", bench("relay")),
        Part("votes", bench("votes")),
        Part("votes-postgresql", [*on_postgres, *bench("votes")], no_postgres),
        Part("board", bench("board")),
        Part("board-postgresql", [*on_postgres, *bench("board")], no_postgres),
        Part("loop", bench("loop")),
        Part("ranking", bench("ranking")),
        Part("style", bench("style")),
        Part("exports", bench("exports")),
    ]
    return [*known, Part("cold", bench("start", "--cold"))] if cold else known


def measure(part: Part) -> Report | None:
    """The part's report; None where it failed, in its own words above."""
    print(f"\n— {part.name} —", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        if subprocess.run([*part.command, "--out", out.name], cwd=ROOT).returncode:
            return None
        return Report.read(Path(out.name))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cold", action="store_true", help="also from a clone, installing everything")
    parser.add_argument("--only", help="names of parts, separated by commas")
    options = parser.parse_args()
    chosen = parts(cold=options.cold)
    if options.only:
        chosen = [part for part in chosen if part.name in options.only.split(",")]
    facts = machine()
    reports = {part.name: measure(part) for part in chosen if not part.missing}
    figures = [figure for report in reports.values() if report for figure in report.figures]
    print(f"\n— in all: {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['cpu']} —\n{table(figures)}")
    for part in chosen:
        if part.missing:
            print(f"NOT RUN {part.name}: {part.missing}")
        elif reports[part.name] is None:
            print(f"FAILED {part.name}")
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M}.json"
    RESULTS.mkdir(exist_ok=True)
    parts_json = {name: asdict(report) if report else None for name, report in reports.items()}
    path.write_text(json.dumps({"machine": facts, "parts": parts_json}, indent=1) + "\n")
    print(f"Written to {path.relative_to(ROOT)}")
    return 0 if all(reports.values()) and all(figure.reached is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
