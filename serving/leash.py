"""Runs a command that must not outlive the process that started it. Standard library only.

    python serving/leash.py COMMAND ...

Its standard input is the leash: when the other end is gone, however it went (kill -9 too), the whole process
group is ended. vLLM needs it: its engine process goes on when the process that started it is killed.
"""

import os
import signal
import subprocess
import sys
import threading
import time

PATIENCE = 3.0


def hold_leash(cut: threading.Event) -> None:
    """Wait until the leash is cut, then end everybody in our process group, ourselves too."""
    # os.read and not sys.stdin, whose lock this thread would still hold when the interpreter ends.
    while os.read(0, 1024):
        pass
    cut.set()
    os.killpg(0, signal.SIGTERM)
    time.sleep(PATIENCE)
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    # A handler, not SIG_IGN, which the command would inherit: the leash stays to report how the command ended.
    signal.signal(signal.SIGTERM, lambda *_: None)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    cut = threading.Event()
    holder = threading.Thread(target=hold_leash, args=(cut,), daemon=True)
    holder.start()
    code = child.wait()
    if cut.is_set():
        # The command has gone, its children may not: the holder sees to them.
        holder.join()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
