"""Examines the running site, part by part. Each examination gives findings with what to do about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from kombu.exceptions import OperationalError

from arena.celery import app
from arena.readiness import OLDEST_BEAT, engines_in_use, pending_migrations, worker_is_alive
from serving.adapters import AdapterRefused, served_names
from serving.engine_api import is_alive
from serving.models import Engine, LanguageModel


@dataclass(frozen=True)
class Finding:
    """`level` is ok, warning or error; a finding that is not ok has a hint."""

    level: str
    part: str
    says: str
    hint: str = ""


def examine() -> Iterator[Finding]:
    """Every finding, in the order in which parts stand on each other."""
    yield from settings_and_folders()
    yield from database()
    yield from broker()
    if _database_answers() and not pending_migrations():
        for examination in (worker, engines, adapters):
            yield from examination()
    yield from translations()
    yield from static_files()


def settings_and_folders() -> Iterator[Finding]:
    """Django's system checks, ours among them."""
    messages = checks.run_checks()
    for message in messages:
        level = "error" if message.level >= checks.ERROR else "warning"
        yield Finding(level, message.id or "check", str(message.msg), str(message.hint or ""))
    if not messages:
        yield Finding("ok", "settings", "every system check passes; disk and folders too")


def database() -> Iterator[Finding]:
    if not _database_answers():
        yield Finding("error", "database", "does not answer", "Is it running, and is DATABASE_URL right?")
        return
    yield Finding("ok", "database", f"answers ({connection.vendor})")
    pending = pending_migrations()
    if pending:
        yield Finding("error", "migrations", f"{len(pending)} not applied", "Run: python manage.py migrate")
    else:
        yield Finding("ok", "migrations", "all applied")


def broker() -> Iterator[Finding]:
    try:
        with app.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=3)
    except (OperationalError, OSError) as error:
        yield Finding("error", "broker", f"does not answer ({error})", "Is it running, and is BROKER_URL right?")
    else:
        yield Finding("ok", "broker", f"answers ({settings.BROKER_URL.split('://')[0]})")


def worker() -> Iterator[Finding]:
    if worker_is_alive():
        yield Finding("ok", "worker", "alive")
    else:
        says = f"no sign of life in the last {OLDEST_BEAT.seconds} seconds"
        yield Finding("error", "worker", says, "Start the site with `make run`, or its part `worker` (see Procfile).")


def engines() -> Iterator[Finding]:
    found = list(engines_in_use(managed_only=False))
    if not found:
        hint = "Run: python manage.py enter_contestants FILE"
        yield Finding("warning", "engines", "there is no model in the arena", hint)
    for engine in found:
        if is_alive(engine):
            yield Finding("ok", f"engine {engine.name}", f"answers at {engine.url}")
        else:
            says = f"does not answer at {engine.url}"
            yield Finding("error", f"engine {engine.name}", says, _engine_hint(engine))


def adapters() -> Iterator[Finding]:
    """Whether each engine that is alive holds the adapters of its models."""
    for engine in engines_in_use(managed_only=False):
        wanted = set(LanguageModel.objects.adapters_on(engine).values_list("served_name", flat=True))
        if not wanted:
            continue
        try:
            missing = wanted - served_names(engine=engine)
        except AdapterRefused:
            # Said as a finding about the engine already.
            continue
        if missing:
            says = f"engine {engine.name} does not hold {', '.join(sorted(missing))}"
            yield Finding("error", "adapters", says, f"See {_engine_hint(engine)}")
        else:
            yield Finding("ok", "adapters", f"engine {engine.name} holds all {len(wanted)}")


def translations() -> Iterator[Finding]:
    stale = [source.parent.parent.name for source in stale_catalogues()]
    if stale:
        hint = "Run: python manage.py compile_translations"
        yield Finding("warning", "translations", f"not compiled: {', '.join(stale)}", hint)
    else:
        yield Finding("ok", "translations", "compiled")


def stale_catalogues() -> list[Path]:
    """Catalogues that were changed after they were compiled, or never compiled."""
    sources = [source for folder in settings.LOCALE_PATHS for source in Path(folder).glob("*/LC_MESSAGES/*.po")]
    return [source for source in sources if not _is_newer(source.with_suffix(".mo"), source)]


def static_files() -> Iterator[Finding]:
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        yield Finding("ok", "static files", "collected")
    else:
        hint = "Run: python manage.py collectstatic --no-input"
        yield Finding("error", "static files", "not collected", hint)


def _is_newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


def _engine_hint(engine: Engine) -> str:
    if engine.managed:
        return f"{Path(settings.VAR_DIR) / 'log' / f'engine-{engine.name}.log'}; `manage.py serve_engine` starts it."
    return f"Is it running there, and is its key in {engine.key_variable or 'a variable named in key_variable'}?"
