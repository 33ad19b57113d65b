"""The installer: which vLLM it takes, and when it has nothing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving import install, machine


def names(*, gpu: bool, test: bool = False) -> list[str]:
    return [file.name for file in install.requirement_files(gpu=gpu, test=test)]


def test_a_machine_with_a_gpu_gets_the_vllm_for_it() -> None:
    assert "serving-gpu.txt" in names(gpu=True)
    assert "serving-cpu.txt" not in names(gpu=True)


def test_a_machine_without_a_gpu_gets_the_vllm_for_cpus() -> None:
    assert "serving-cpu.txt" in names(gpu=False)
    assert "serving-gpu.txt" not in names(gpu=False)


def test_a_gpu_is_found_by_the_answer_of_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho GPU 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.has_gpu()


def test_a_driver_without_a_gpu_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("this machine has a GPU")
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nexit 9\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not machine.has_gpu()


def test_an_unchanged_installation_is_skipped_and_a_changed_one_is_not(tmp_path: Path) -> None:
    files = install.requirement_files(gpu=False, test=False)
    stamp = tmp_path / "stamp"
    stamp.write_text(install.fingerprint(files))
    assert install.is_installed(stamp, install.fingerprint(files))
    assert not install.is_installed(stamp, install.fingerprint(install.requirement_files(gpu=True, test=False)))


def test_every_requirement_is_pinned_and_names_no_host() -> None:
    for file in install.REQUIREMENTS.glob("*.txt"):
        for line in file.read_text().splitlines():
            pin = line.split("#")[0].strip()
            assert not pin or "==" in pin, f"{file.name}: {line}"
            assert "://" not in pin
