"""Every check, in the order in which a mistake is cheapest to find.

    python -m tests.suite            (what `make test` runs)

A check that cannot run says so; under CI=true that is a failure.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.postgres import find_programs

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "test"
CI = os.environ.get("CI") == "true"
PYTHON = sys.executable
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A file's tests stay together: what one starts, the next uses.
PYTEST = [PYTHON, "-m", "pytest", "-q", "--durations=5", "-n", "2", "--dist", "loadfile"]
# What neither trains, nor starts an engine or a browser, is quick and runs on both databases.
QUICK = "not browser and not engine and not training"
# The rest of the quick ones ask no database.
WITH_DATABASE = f"{QUICK} and django_db"


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]


def checks() -> list[Check]:
    manage = [PYTHON, "manage.py"]
    return [
        Check("style", [PYTHON, "-m", "ruff", "check", "."]),
        Check("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        Check("types", [PYTHON, "-m", "mypy"]),
        Check("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        Check("tests on SQLite", [*PYTEST, "-m", QUICK]),
        Check("tests on PostgreSQL", [PYTHON, "-m", "tests.postgres", "--", *PYTEST, "-m", WITH_DATABASE]),
        Check("pages in a browser", [*PYTEST, "-m", "browser"]),
        Check("training and real engines", [*PYTEST, "-m", "training or engine"]),
    ]


def main() -> int:
    missing = provide_system_packages()
    results = [(check, run(check)) for check in checks() if check.name not in missing]
    print("\n— in all —")
    for check, (passed, seconds) in results:
        print(f"  {'passed' if passed else 'FAILED':7} {check.name} ({seconds:.0f} s)")
    for name, package in missing.items():
        print(f"  NOT RUN {name}: install {package} (as root: apt-get install {package})")
    failed = any(not passed for _, (passed, _) in results)
    return 1 if failed or (CI and missing) else 0


def run(check: Check) -> tuple[bool, float]:
    print(f"\n— {check.name} —", flush=True)
    start = time.monotonic()
    environment = {
        **os.environ,
        "HAREA_VAR": str(VAR),
        "OMP_NUM_THREADS": "2",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    passed = subprocess.run(check.command, cwd=ROOT, env=environment).returncode == 0
    return passed, time.monotonic() - start


def provide_system_packages() -> dict[str, str]:
    """Find PostgreSQL and a browser, else install them where root may; name the checks that cannot run."""
    wanted = {"tests on PostgreSQL": ("postgresql", has_postgres), "pages in a browser": ("chromium", has_browser)}
    missing = {name: package for name, (package, found) in wanted.items() if not found()}
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing.values())} with apt-get …", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing.values()],
            env=quiet,
            stdout=subprocess.DEVNULL,
        )
    return {name: package for name, (package, found) in wanted.items() if not found()}


def has_postgres() -> bool:
    return find_programs() is not None


def has_browser() -> bool:
    return bool(os.environ.get("CHROMIUM")) or any(shutil.which(name) for name in BROWSERS)


if __name__ == "__main__":
    sys.exit(main())
