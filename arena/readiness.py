"""Which parts of the site answer now: for /readyz, for `manage.py start` and for `manage.py doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from django.utils import timezone

from arena.models import WorkerBeat
from serving.engine_api import is_alive
from serving.models import Engine, LanguageModel

# The worker beats every ten seconds; a long job in every thread may delay it.
OLDEST_BEAT = timedelta(seconds=60)


def unready_parts() -> list[str]:
    """Names of the parts that do not answer; nothing in them tells which models there are."""
    try:
        parts = {"migrations": not pending_migrations(), "worker": worker_is_alive(), "engines": not dead_engines()}
    except DatabaseError:
        return ["database"]
    return [name for name, ready in parts.items() if not ready]


def pending_migrations() -> list[str]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _backwards in plan]


def worker_is_alive(*, since: datetime | None = None) -> bool:
    """Whether a worker has beaten lately, or since the given time."""
    return WorkerBeat.objects.filter(at__gt=since or timezone.now() - OLDEST_BEAT).exists()


def engines_in_use(*, managed_only: bool = True) -> QuerySet[Engine]:
    """Engines with a model in the arena; by default those that the site starts, since others are not ours to ask."""
    engines = Engine.objects.filter(models__in=LanguageModel.objects.contesting()).distinct()
    return engines.filter(managed=True) if managed_only else engines


def dead_engines() -> list[Engine]:
    return [engine for engine in engines_in_use() if not is_alive(engine)]
