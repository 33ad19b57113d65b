"""The tiny recipe's models, made once for all tests that need real ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TINY = ROOT / "training" / "recipes" / "tiny.toml"
# One thread: tests run beside others.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "training", *map(str, arguments)]


def train(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m training` to its end."""
    return subprocess.run(command(*arguments), cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def run_tiny(out: Path) -> subprocess.CompletedProcess[str]:
    return train("run", TINY, "--out", out, "--threads", 1)


def write_pairs(folder: Path, *, number: int, answered_in: str, not_in: str) -> None:
    """Pairs on Basque questions whose preferred answer is in one language and the other answer in another."""
    rows = [json.loads(line) for line in (ROOT / "fixtures/demo/questions.jsonl").read_text().splitlines()]
    folder.mkdir(parents=True, exist_ok=True)
    pairs = [_pair(row, answered_in, not_in) for row in rows]
    for split, some in (("train", pairs[:number]), ("test", pairs[number : number + 24])):
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in some))


def _pair(row: dict[str, Any], answered_in: str, not_in: str) -> dict[str, Any]:
    def said(language: str) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": row[language]["answer"]}]

    prompt = [{"role": "user", "content": row["eu"]["questions"][0]}]
    return {"prompt": prompt, "chosen": said(answered_in), "rejected": said(not_in)}
