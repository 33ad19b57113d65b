"""The command line and environment with which vLLM serves an engine of ours."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from serving.machine import cores
from serving.models import Engine, LanguageModel

# Room for adapters that come while the engine runs; how many of them may answer in one batch.
MORE_ADAPTERS = 16
MOST_IN_A_BATCH = 8


def command(engine: Engine, adapters: list[LanguageModel], *, gpu: bool) -> list[str]:
    """`python -m vllm…` for `engine` with `adapters`; the engine's own arguments come last and win."""
    parts = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
    parts += ["--model", engine.base_path, "--served-model-name", served_base_name(engine)]
    parts += ["--host", "127.0.0.1", "--port", str(urlsplit(engine.url).port)]
    parts += ["--max-model-len", str(engine.context_length)]
    parts += ["--disable-log-stats", "--disable-uvicorn-access-log"]
    if not gpu:
        # Compilation takes minutes on a CPU and gains little; half precision is what the CPU kernels are made for.
        parts += ["--enforce-eager", "--dtype", "bfloat16"]
    if engine.max_lora_rank:
        parts += _lora_arguments(engine, adapters)
    return parts + [str(argument) for argument in engine.arguments]


def served_base_name(engine: Engine) -> str:
    """What requests call the base: the name of its contestant, or the engine's where the base is none."""
    base = LanguageModel.objects.filter(engine=engine, kind=LanguageModel.Kind.BASE).first()
    return base.served_name if base else engine.name


def _lora_arguments(engine: Engine, adapters: list[LanguageModel]) -> list[str]:
    room = len(adapters) + MORE_ADAPTERS
    arguments = ["--enable-lora", "--max-lora-rank", str(engine.max_lora_rank)]
    arguments += ["--max-loras", str(min(len(adapters) + 4, MOST_IN_A_BATCH)), "--max-cpu-loras", str(room)]
    if adapters:
        arguments += ["--lora-modules", *(f"{model.served_name}={model.path}" for model in adapters)]
    return arguments


def environment(engine: Engine, *, gpu: bool) -> dict[str, str]:
    """Our environment with what vLLM needs; whatever the organiser has set himself stays."""
    defaults = {
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "PYTHONWARNINGS": "ignore",
    }
    if Path(engine.base_path).is_dir():
        defaults |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if not gpu:
        defaults |= {
            "VLLM_TARGET_DEVICE": "cpu",
            # In GiB; a toy needs a hundredth of it, Qwen2.5 0.5B has room for 80,000 tokens.
            "VLLM_CPU_KVCACHE_SPACE": "1",
            # Half of the cores, left to the scheduler: the site, the worker and a training run need the others.
            "OMP_NUM_THREADS": str(max(1, cores() // 2)),
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            # Measured on two busy cores: up in 29 s instead of 42, since vLLM is imported once and not three times.
            "VLLM_WORKER_MULTIPROC_METHOD": "fork",
        }
    return defaults | os.environ | {"VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True"}
