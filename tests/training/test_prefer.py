"""DPO on a real, tiny model, and the gate that measures its child."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from serving.adapter_folder import check_adapter
from tests.training.toys import ENVIRONMENT, ROOT, command, train, write_pairs
from training.stages.prefer import PreferConfig, _discount_length

pytestmark = pytest.mark.training


@dataclass
class Desk:
    """A folder with pairs and with configurations for `prefer` and `gate`."""

    folder: Path
    tiny: Path

    @property
    def child(self) -> Path:
        return self.folder / "child"

    def config(self, **changes: Any) -> Path:
        table = {
            "base": str(self.tiny / "basque"),
            "adapter": str(self.tiny / "tiny-both"),
            "pairs": str(self.folder / "pairs"),
            "out": str(self.child),
            "progress": str(self.folder / "progress.jsonl"),
            "language": "eu",
            "system_prompt": "",
            "temperature": 0.3,
            "top_p": 0.9,
            "max_tokens": 16,
            **changes,
        }
        path = self.folder / "config.json"
        path.write_text(json.dumps(table))
        return path

    def left_behind(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if "unfinished" in path.name or path.name == "child"]


@pytest.fixture
def desk(tmp_path: Path, tiny: Path) -> Desk:
    write_pairs(tmp_path / "pairs", number=80, answered_in="eu", not_in="en")
    return Desk(tmp_path, tiny)


def test_a_child_tells_preferred_answers_from_others_on_pairs_it_never_saw(desk: Desk) -> None:
    # The tiny models are smaller still than the toys that the default rate is for.
    trained = train("prefer", "--config", desk.config(learning_rate=3e-4))
    assert trained.returncode == 0, trained.stderr
    check_adapter(str(desk.child), base=str(desk.tiny / "basque"), max_rank=8)
    last = json.loads((desk.folder / "progress.jsonl").read_text().splitlines()[-1])
    assert last["step"] == last["steps"]
    assert {"stage", "loss", "accuracy", "margin", "seconds_left"} <= last.keys()

    prompts = desk.folder / "prompts.jsonl"
    prompts.write_text('{"text": "Zer da baserria?"}\n{"text": "Nola zaude?"}\n')
    figures = desk.folder / "figures.json"
    text = {"text": "fixtures/demo/text.jsonl", "text_held_out": 0.1}
    config = desk.config(child=str(desk.child), prompts=str(prompts), out=str(figures), **text)
    judged = train("gate", "--config", config)
    assert judged.returncode == 0, judged.stderr
    checks = {check["name"]: check for check in json.loads(figures.read_text())["checks"]}
    assert checks["reward_accuracy"]["passed"]
    assert checks["chosen_log_probability"]["passed"]
    assert len((desk.folder / "answers.jsonl").read_text().splitlines()) == 2


def test_too_few_pairs_are_told_in_one_sentence(desk: Desk) -> None:
    write_pairs(desk.folder / "pairs", number=6, answered_in="eu", not_in="en")
    refused = train("prefer", "--config", desk.config(minimum_pairs=16))
    assert refused.returncode == 2
    assert "training needs 16" in refused.stderr.splitlines()[-1]
    assert desk.left_behind() == []


def test_broken_pairs_are_told_in_one_sentence(desk: Desk) -> None:
    (desk.folder / "pairs" / "train.jsonl").write_text('{"prompt": "Kaixo", "chosen": [], "rejected": []}\n')
    refused = train("prefer", "--config", desk.config())
    assert refused.returncode == 2
    assert "line 1: a conversation is a list of messages" in refused.stderr


def test_an_unknown_key_of_the_configuration_is_told(desk: Desk) -> None:
    refused = train("prefer", "--config", desk.config(colour="red"))
    assert refused.returncode == 2
    assert "there is no key 'colour'" in refused.stderr


def test_a_full_disk_is_told_in_one_sentence(desk: Desk) -> None:
    refused = train("prefer", "--config", desk.config(progress="/dev/full"))
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("No space left on device")
    assert desk.left_behind() == []


def test_a_killed_training_leaves_no_child_and_can_start_again(desk: Desk) -> None:
    progress = desk.folder / "progress.jsonl"
    program = subprocess.Popen(
        command("prefer", "--config", desk.config(epochs=200)), cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )
    while not (progress.exists() and '"train"' in progress.read_text()):
        assert program.poll() is None, "the program ended too early"
        time.sleep(0.05)
    program.send_signal(signal.SIGKILL)
    program.wait()
    assert not desk.child.exists()
    assert train("prefer", "--config", desk.config(epochs=1)).returncode == 0
    assert desk.left_behind() == ["child"]


def test_the_length_term_lowers_each_reference_by_its_answers_length() -> None:
    from datasets import Dataset

    row = {"ref_chosen_logps": -10.0, "ref_rejected_logps": -20.0, "chosen_ids": [1, 2, 3], "rejected_ids": [1]}
    trainer = SimpleNamespace(train_dataset=Dataset.from_list([row]))
    needed = dict.fromkeys(("base", "pairs", "out", "progress", "language"), "")
    _discount_length(trainer, PreferConfig(**needed, beta=0.1, length_weight=0.05))
    # R-DPO: beta * (difference of log-ratios) + length_weight * (3 - 1), so the difference grows by 0.05 / 0.1 * 2.
    shifted = trainer.train_dataset[0]
    assert shifted["ref_chosen_logps"] == pytest.approx(-11.5)
    assert shifted["ref_rejected_logps"] == pytest.approx(-20.5)
