"""The training room's programs.

    python -m training run RECIPE --out DIR
    python -m training prefer --config FILE
    python -m training gate --config FILE
    python -m training evaluate DIR

An error that can be named ends with status 2 and one sentence on the last line.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path

from training.config import ConfigError, read_config
from training.corpus.aligned import BrokenData
from training.recipe import RecipeError, read_recipe
from training.run import RunError, run_recipe

# A failure that was foreseen: the caller shows the last line to people.
NAMED_ERROR = 2


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    # The libraries' own progress bars would tear our bar and fill the log that people read.
    os.environ.setdefault("TQDM_DISABLE", "1")
    try:
        options.program(options)
    except (BrokenData, ConfigError, RecipeError, RunError) as error:
        print(error, file=sys.stderr)
        return NAMED_ERROR
    except Exception as error:
        if not _is_full_disk(error):
            raise
        print("No space left on device: make room, then start again.", file=sys.stderr)
        return NAMED_ERROR
    return 0


def _run(options: argparse.Namespace) -> None:
    run_recipe(read_recipe(options.recipe), options.out, threads=options.threads)


def _prefer(options: argparse.Namespace) -> None:
    from training.stages.prefer import PreferConfig, prefer

    prefer(read_config(PreferConfig, options.config))


def _gate(options: argparse.Namespace) -> None:
    from training.evaluation.gate_figures import GateConfig, gate

    verdict = gate(read_config(GateConfig, options.config))
    print("The child may enter." if verdict.passed else " ".join(verdict.reasons), flush=True)


def _evaluate(options: argparse.Namespace) -> None:
    from training.evaluation.bank import evaluate

    evaluate(options.folder.resolve())


def _is_full_disk(error: BaseException) -> bool:
    """Also where a library has put the operating system's words into an error of its own, as safetensors does."""
    return getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT} or "No space left on device" in str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="The training room's programs.")
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="run the stages of a recipe that are not finished")
    run.add_argument("recipe", type=Path, help="a TOML file with an ordered list of stages")
    run.add_argument("--out", type=Path, required=True, help="folder of the stages; what is finished there is skipped")
    cores = len(os.sched_getaffinity(0))
    run.add_argument(
        "--threads", type=int, default=cores, help="threads of torch (%(default)s, all cores, unless named)"
    )
    run.set_defaults(program=_run)
    for name, program, words in (
        ("prefer", _prefer, "train a child on preference pairs"),
        ("gate", _gate, "measure parent and child, and judge the child"),
    ):
        command = commands.add_parser(name, help=words)
        command.add_argument("--config", type=Path, required=True, help="a JSON file, as a training run writes it")
        command.set_defaults(program=program)
    evaluate = commands.add_parser("evaluate", help="let a finished recipe's models answer the prompt bank")
    evaluate.add_argument("folder", type=Path, help="the --out of a finished run")
    evaluate.set_defaults(program=_evaluate)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
