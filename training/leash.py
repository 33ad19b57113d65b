"""Runs `python -m training …` on a leash: when the supervisor goes away, the program ends too.

    python -m training.leash prefer --config FILE

The supervisor holds the other end of standard input and never writes to it. The kernel closes that end however
the supervisor dies, kill -9 included, and a training nobody supervises must not go on: its run is taken up by
another worker.
"""

import os
import runpy
import signal
import sys
import threading


def _follow(supervisor: int) -> None:
    """Wait for the end of the pipe, then kill the whole process group, workers of data loaders included."""
    while os.read(supervisor, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    # A descriptor of its own: what the program does to its standard input does not touch the leash.
    leash = os.dup(sys.stdin.fileno())
    threading.Thread(target=_follow, args=[leash], name="leash", daemon=True).start()
    runpy.run_module("training", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
