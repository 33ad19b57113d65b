import signal
import threading
import time
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from serving.engine import supervise
from serving.models import Engine, LanguageModel


class StopAsked(Exception):
    """SIGTERM or Ctrl-C. An exception, since a handler that sets an Event can meet the Event's own lock."""


def ask_to_stop(*_: object) -> NoReturn:
    raise StopAsked


class Command(BaseCommand):
    help = (
        "Start vLLM for every engine that the site manages, with its adapters; watch it, start it again when it dies, "
        "and stop it with all its children on SIGTERM or Ctrl-C. Logs are in the folder log under HAREA_VAR."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        threads: list[threading.Thread] = []
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, ask_to_stop)
            self._start_all(threads, stop)
            while True:
                time.sleep(3600)
        except StopAsked:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _start_all(self, threads: list[threading.Thread], stop: threading.Event) -> None:
        # An engine whose models have all been retired would only take memory.
        engines = Engine.objects.filter(managed=True, models__in=LanguageModel.objects.contesting()).distinct()
        for engine in engines:
            self._say(f"Starting engine {engine.name} with {engine.base_path}.")
            thread = threading.Thread(target=supervise, args=(engine.pk,), kwargs={"stop": stop, "say": self._say})
            threads.append(thread)
            thread.start()
        if not threads and LanguageModel.objects.contesting().exists():
            self._say("There is no engine to start: every contestant answers from a server that runs already.")
        elif not threads:
            self._say("There is no engine to start: enter contestants first (manage.py enter_contestants FILE).")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
