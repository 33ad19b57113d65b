"""Loads LoRA adapters into a running vLLM and takes them out again."""

from django.utils.translation import gettext as _

from serving import engine_api
from serving.adapter_folder import AdapterRefused, check_adapter
from serving.models import Engine, LanguageModel

__all__ = ["AdapterRefused", "load_adapter", "load_missing", "served_names", "unload_adapter"]


def served_names(*, engine: Engine) -> set[str]:
    """Names of the models and adapters that `engine` holds. Raises AdapterRefused when it is down."""
    try:
        return engine_api.served_names(engine)
    except (engine_api.EngineDown, engine_api.EngineRefusal) as error:
        raise _down(engine) from error


def load_adapter(*, engine: Engine, name: str, path: str) -> None:
    """Serve the adapter in the folder `path` as `name`; nothing happens where `name` is served already.

    Raises AdapterRefused with the reason as one sentence.
    """
    check_adapter(path, base=engine.base_path, max_rank=engine.max_lora_rank)
    try:
        engine_api.ask(engine, "load_lora_adapter", {"lora_name": name, "lora_path": path})
    except engine_api.EngineDown as error:
        raise _down(engine) from error
    except engine_api.EngineRefusal as error:
        if name in served_names(engine=engine):
            return
        raise AdapterRefused(
            _("The engine %(engine)s refused the adapter %(name)s: %(reason)s")
            % {"engine": engine.name, "name": name, "reason": error}
        ) from error


def unload_adapter(*, engine: Engine, name: str) -> None:
    """Stop serving the adapter `name`; nothing happens where it is not served. Raises AdapterRefused."""
    try:
        engine_api.ask(engine, "unload_lora_adapter", {"lora_name": name})
    except engine_api.EngineDown as error:
        raise _down(engine) from error
    except engine_api.EngineRefusal as error:
        if name not in served_names(engine=engine):
            return
        raise AdapterRefused(
            _("The engine %(engine)s did not unload %(name)s: %(reason)s")
            % {"engine": engine.name, "name": name, "reason": error}
        ) from error


def load_missing(*, engine: Engine) -> list[str]:
    """Load every contesting adapter of `engine` that it does not hold; returns why some could not be."""
    served = served_names(engine=engine)
    faults = []
    for model in LanguageModel.objects.adapters_on(engine).exclude(served_name__in=served):
        try:
            load_adapter(engine=engine, name=model.served_name, path=model.path)
        except AdapterRefused as error:
            faults.append(str(error))
    return faults


def _down(engine: Engine) -> AdapterRefused:
    return AdapterRefused(
        _("The engine %(engine)s does not answer at %(url)s.") % {"engine": engine.name, "url": engine.url}
    )
