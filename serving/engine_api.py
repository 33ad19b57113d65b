"""Questions to an engine outside of answers: is it alive, what does it serve. Synchronous, standard library."""

import json
import os
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from serving.models import Engine


class EngineDown(Exception):
    """The engine does not answer."""


class EngineRefusal(Exception):
    """The engine answered with an error; its text is the engine's own."""


def key_of(engine: Engine) -> str:
    """The API key, read from the environment at the moment of use; "" where there is none."""
    return os.environ.get(engine.key_variable, "") if engine.key_variable else ""


def ask(engine: Engine, path: str, body: dict[str, Any] | None = None, *, seconds: float = 30.0) -> str:
    """GET `path` under the root of its API, or POST `body` to it. Raises EngineDown, EngineRefusal."""
    return _ask(engine, f"{engine.url.rstrip('/')}/{path}", body, seconds)


def _ask(engine: Engine, url: str, body: dict[str, Any] | None, seconds: float) -> str:
    headers = {"Content-Type": "application/json"}
    if key := key_of(engine):
        headers["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data=data, headers=headers)  # noqa: S310  (http or https, checked at entry)
    try:
        with urlopen(request, timeout=seconds) as response:  # noqa: S310
            return str(response.read().decode(errors="replace"))
    except HTTPError as error:
        raise EngineRefusal(_message(error)) from error
    except (URLError, OSError) as error:
        raise EngineDown(f"The engine {engine.name} does not answer at {engine.url}.") from error


def is_alive(engine: Engine, *, seconds: float = 3.0) -> bool:
    """Whether it would take a request now. vLLM says so itself; of others the list of models is asked."""
    root = engine.url.rstrip("/")
    url = f"{root.removesuffix('/v1')}/health" if engine.managed else f"{root}/models"
    try:
        _ask(engine, url, None, seconds)
    except (EngineDown, EngineRefusal):
        return False
    return True


def served_names(engine: Engine, *, seconds: float = 10.0) -> set[str]:
    """What the engine calls the models it serves now. Raises EngineDown, EngineRefusal."""
    listing = json.loads(ask(engine, "models", seconds=seconds))
    return {entry["id"] for entry in listing["data"]}


def _message(error: HTTPError) -> str:
    """The sentence inside vLLM's error, or the status."""
    text = error.read().decode(errors="replace")
    try:
        data = json.loads(text)
        return str(data["error"]["message"] if "error" in data else data["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"
