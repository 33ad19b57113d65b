"""What the machine can do. Standard library only: the installer asks before anything is installed."""

import os
import shutil
import subprocess
from pathlib import Path


def has_gpu() -> bool:
    """Whether there is an NVIDIA GPU. Under WSL there is no /dev/nvidia0, but nvidia-smi answers."""
    if Path("/dev/nvidia0").exists():
        return True
    command = shutil.which("nvidia-smi")
    return command is not None and subprocess.run([command, "-L"], capture_output=True, check=False).returncode == 0


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))
