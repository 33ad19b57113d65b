"""Which code this is: written into every data set and every checkpoint that it makes."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def code_version() -> str:
    """The version of the project and, in a checkout, the commit; "+" marks changes that are not committed."""
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            cwd=ROOT, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):  # No git, or no checkout: the version alone has to do.
        return version
    return f"{version} ({described.stdout.strip()})"
