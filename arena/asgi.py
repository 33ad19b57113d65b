"""ASGI entry: pages by Django, battles over one WebSocket by Channels."""

import os
import threading
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
pages = get_asgi_application()

from django.urls import path  # noqa: E402  (Django must be set up first)

from arena.battles.consumers import BattleConsumer  # noqa: E402
from arena.language import load_identifier  # noqa: E402

# Django's `path` is typed for views; Channels routes with it all the same.
routes: list[Any] = [path("ws/arena/", BattleConsumer.as_asgi())]  # type: ignore[arg-type]

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(SessionMiddlewareStack(URLRouter(routes))),
    }
)

# Half a second that the first voter of every process would otherwise wait for.
threading.Thread(target=load_identifier, name="load the language identifier", daemon=True).start()
