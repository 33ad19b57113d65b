from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from arena.readiness import engines_in_use
from arena.supervisor import PartDied, run_parts


class Command(BaseCommand):
    help = (
        "Start the site: web process, worker, and the engines that it manages (the parts in the Procfile). Says when "
        "each answers; Ctrl-C or SIGTERM stops them all. HOST and PORT say where the web process listens."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        check_port(settings.HOST, settings.PORT, "the web process", "PORT")
        for engine in engines_in_use():
            check_port("127.0.0.1", urlsplit(engine.url).port or 80, f"engine {engine.name}", "ENGINE_PORT")
        self.stdout.write("Starting the site:")
        try:
            run_parts(say=self._say)
        except PartDied as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Harea has stopped.")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def check_port(host: str, port: int, whose: str, variable: str) -> None:
    """Raise CommandError unless a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do: a port whose last connections are still closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"{whose.capitalize()} cannot listen on {host}:{port}: {error.strerror}. "
                f"Stop what is listening there, or choose another port with {variable}."
            ) from error
