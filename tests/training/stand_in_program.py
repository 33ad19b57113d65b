"""A stand-in for `python -m training`: takes the same configuration, trains nothing, and fails on demand.

python -m tests.training.stand_in_program BEHAVIOUR prefer --config FILE
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

ADAPTER = {"peft_type": "LORA", "r": 4, "base_model_name_or_path": ""}
BITS = {"name": "bits_per_byte", "parent": 1.6, "limit": 0.02, "sentence": "It foretells held-out text worse."}
CHECKS = {
    "accepts": {**BITS, "child": 1.61, "value": 0.00625, "passed": True},
    "refuses": {**BITS, "child": 2.1, "value": 0.3125, "passed": False},
}


def prefer(behaviour: str, config: dict[str, Any]) -> None:
    report(config, {"stage": "train", "step": 1, "steps": 2, "loss": 0.69, "accuracy": 0.5, "margin": 0.0})
    match behaviour:
        case "hangs":
            Path(config["out"]).with_name("pid").write_text(str(os.getpid()))
            time.sleep(600)
        case "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        case "fills the disk":
            with open("/dev/full", "w") as full:
                full.write("weights")
        case "names its error":
            print("The parent's adapter does not fit its base.", file=sys.stderr)
            sys.exit(2)
        case "crashes":
            raise ValueError("a fault nobody foresaw")
    out = Path(config["out"])
    out.mkdir()
    (out / "adapter_config.json").write_text(json.dumps(ADAPTER))
    (out / "adapter_model.safetensors").write_bytes(os.urandom(64))
    report(config, {"stage": "train", "step": 2, "steps": 2, "loss": 0.41, "accuracy": 0.9, "margin": 0.2})


def gate(behaviour: str, config: dict[str, Any]) -> None:
    check = CHECKS["refuses" if behaviour == "is refused" else "accepts"]
    Path(config["out"]).write_text(json.dumps({"passed": check["passed"], "checks": [check]}))


def report(config: dict[str, Any], line: dict[str, Any]) -> None:
    with Path(config["progress"]).open("a") as progress:
        progress.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    behaviour, program, _config, path = sys.argv[1:]
    {"prefer": prefer, "gate": gate}[program](behaviour, json.loads(Path(path).read_text()))
