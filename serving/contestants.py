"""Enters the contestants of a file into the arena, as often as one likes."""

from pathlib import Path

from django.conf import settings
from django.db import transaction

from serving.contestants_file import ContestantsError, ContestantsFile, EngineEntry, ModelEntry, read_contestants
from serving.models import Engine, LanguageModel
from serving.revision import folder_revision

__all__ = ["ContestantsError", "ContestantsFile", "enter_contestants", "read_contestants"]

# Weights that lie elsewhere and whose file names no version.
UNVERSIONED = "unversioned"


@transaction.atomic
def enter_contestants(file: ContestantsFile) -> list[LanguageModel]:
    """Write engines and models as the file says; a model that the organiser retired stays retired."""
    for entry in file.engines:
        _enter_engine(entry)
    _spread_ports()
    bases_first = sorted(file.models, key=lambda model: model.kind == "adapter")
    entered = {entry.name: _enter_model(entry, file) for entry in bases_first}
    return [entered[entry.name] for entry in file.models]


def _enter_engine(entry: EngineEntry) -> Engine:
    engine, _created = Engine.objects.update_or_create(
        name=entry.name,
        defaults={
            "url": entry.url.rstrip("/"),
            "key_variable": entry.key_variable,
            "managed": entry.managed,
            "base_path": entry.base,
            "max_lora_rank": entry.max_lora_rank,
            "context_length": entry.context_length,
            "arguments": entry.arguments,
        },
    )
    return engine


def _spread_ports() -> None:
    """Give every engine that the site starts a port of its own, counted from ENGINE_PORT."""
    for number, engine in enumerate(Engine.objects.filter(managed=True).order_by("id")):
        engine.url = f"http://127.0.0.1:{settings.ENGINE_PORT + number}/v1"
        engine.save(update_fields=["url"])


def _enter_model(entry: ModelEntry, file: ContestantsFile) -> LanguageModel:
    engine = Engine.objects.get(name=entry.engine)
    base = file.base_on(entry.engine) if entry.kind == "adapter" else None
    folder = engine.base_path if entry.kind == "base" else entry.path
    model, _created = LanguageModel.objects.update_or_create(
        name=entry.name,
        defaults={
            "title": entry.title,
            "kind": entry.kind,
            "engine": engine,
            "served_name": entry.served_name,
            "base": LanguageModel.objects.get(name=base.name) if base else None,
            "path": folder,
            "revision": _revision(entry, folder),
            "licence": entry.licence,
            "description": entry.description,
            "parameters": entry.parameters,
            "demo": entry.demo,
            "system_prompt": entry.system_prompt,
            "temperature": entry.temperature,
            "top_p": entry.top_p,
            "max_tokens": entry.max_tokens,
        },
    )
    return model


def _revision(entry: ModelEntry, folder: str) -> str:
    if folder and Path(folder).is_dir():
        return folder_revision(Path(folder))
    return entry.revision or UNVERSIONED
