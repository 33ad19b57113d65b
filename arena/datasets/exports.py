"""Exports written by a job: a zip of the votes, their card and their manifest.

The row of an export is the truth. A worker moves it on with every batch; one that falls silent has failed it.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from arena.datasets.schemas import SCHEMAS
from arena.datasets.selections import Rows, Selection
from arena.datasets.tables import CONTENT_TYPES, in_pieces
from arena.datasets.vote_card import vote_card
from arena.errors import Refused
from arena.leaderboards.boards import known_boards
from arena.models import Export
from arena.people.roles import is_researcher

logger = logging.getLogger(__name__)

State = Export.State
UNFINISHED = (State.QUEUED, State.RUNNING)
MOST_UNFINISHED = 10
MOST_KEPT = 20
REPORT_SECONDS = 0.5
# A worker that is silent for longer is gone.
SILENT_SECONDS = 60


class ExportGone(Exception):
    """Somebody else has ended or removed this export."""


def ask_for_export(
    *,
    selection: Selection,
    format: str,  # noqa: A002
    asked_by: AbstractBaseUser | AnonymousUser,
    send: Callable[[uuid.UUID], None],
) -> Export:
    """Queue an export and `send` its number to a worker once it is on disk; one that is under way is given again."""
    known = selection.schema in SCHEMAS and format in CONTENT_TYPES and selection.board in known_boards()
    if not known:
        raise Refused("export", _("There is no such export."), status=404)
    if selection.conversations and not is_researcher(asked_by):
        raise Refused("conversations", _("Conversations are for researchers: sign in first."), status=403)
    wanted = {**asdict(selection), "format": format}
    with transaction.atomic():
        unfinished = Export.objects.filter(state__in=UNFINISHED).select_for_update()
        same = [export for export in unfinished if all(getattr(export, name) == wanted[name] for name in wanted)]
        if same:
            return same[0]
        if len(unfinished) >= MOST_UNFINISHED:
            raise Refused("busy", _("Too many exports are waiting; try again in a few minutes."), status=429)
        export = Export.objects.create(**wanted, asked_by=asked_by if isinstance(asked_by, User) else None)
        transaction.on_commit(lambda: send(export.pk))
    return export


def write_export(export_id: uuid.UUID) -> None:
    """Write a queued export; does nothing where it is not queued."""
    if not Export.objects.filter(pk=export_id, state=State.QUEUED).update(
        state=State.RUNNING, heartbeat_at=timezone.now()
    ):
        return
    export = Export.objects.get(pk=export_id)
    unfinished = _unfinished(export.pk)
    try:
        unfinished.parent.mkdir(exist_ok=True)
        _write_zip(export, unfinished)
        unfinished.replace(path_of(export))
        _move_on(export, state=State.READY)
    except ExportGone:
        path_of(export).unlink(missing_ok=True)
    except OSError as error:
        logger.exception("Export %s could not be written", export.pk)
        _fail(export, _("The file could not be written: %(reason)s.") % {"reason": error.strerror or error})
    except Exception as error:
        logger.exception("Export %s failed", export.pk)
        _fail(export, _("Something unexpected happened (%(kind)s).") % {"kind": type(error).__name__})
    finally:
        unfinished.unlink(missing_ok=True)


def path_of(export: Export) -> Path:
    """Where the finished zip lies."""
    return _folder() / f"{export.pk}.zip"


def _write_zip(export: Export, path: Path) -> None:
    selection = Selection(export.schema, export.board, export.simulated, export.conversations)
    rows = Rows(selection)
    _move_on(export, rows_total=rows.candidates)
    file = f"votes.{export.format}"
    # Parquet is compressed already.
    method = zipfile.ZIP_STORED if export.format == "parquet" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w", method) as archive:
        with archive.open(file, "w", force_zip64=True) as member:
            for piece in in_pieces(_reported(export, rows), selection.columns, export.format):
                member.write(piece)
        manifest = rows.manifest(file=file)
        archive.writestr("README.md", vote_card(manifest))
        archive.writestr("manifest.json", json.dumps(asdict(manifest), ensure_ascii=False, indent=2))


def _reported(export: Export, rows: Rows) -> Iterator[pa.Table]:
    told = 0.0
    for table in rows.tables():
        if time.monotonic() - told > REPORT_SECONDS:
            _move_on(export, rows_done=rows.looked_at)
            told = time.monotonic()
        yield table
    _move_on(export, rows_done=rows.votes, rows_total=rows.votes)


def _move_on(export: Export, **changes: object) -> None:
    """Write down progress. Raises ExportGone where the export is not this worker's any more."""
    held = Export.objects.filter(pk=export.pk, state=State.RUNNING)
    if not held.update(heartbeat_at=timezone.now(), **changes):
        raise ExportGone


def _fail(export: Export, sentence: str) -> None:
    Export.objects.filter(pk=export.pk, state=State.RUNNING).update(state=State.FAILED, error=sentence)


def sweep_exports(send: Callable[[uuid.UUID], None]) -> None:
    """Fail exports whose worker is gone, remove old ones, and `send` the one that waits longest once more."""
    now = timezone.now()
    silent = Export.objects.filter(state=State.RUNNING, heartbeat_at__lt=now - timedelta(seconds=SILENT_SECONDS))
    silent.update(state=State.FAILED, error=_("The worker that wrote it went away. Ask for it again."))
    Export.objects.filter(created_at__lt=now - timedelta(hours=settings.EXPORT_HOURS)).delete()
    newest = Export.objects.exclude(state__in=UNFINISHED).order_by("-created_at")[:MOST_KEPT]
    Export.objects.exclude(state__in=UNFINISHED).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
    _remove_files()
    waiting = Export.objects.filter(state=State.QUEUED).order_by("created_at").first()
    if waiting is not None:
        send(waiting.pk)


def _remove_files() -> None:
    """Those that belong to no export any more, finished or not."""
    unfinished = {_unfinished(pk) for pk in Export.objects.filter(state=State.RUNNING).values_list("pk", flat=True)}
    finished = {path_of(export) for export in Export.objects.exclude(state=State.FAILED)}
    for path in _folder().glob("*.zip*"):
        if path not in unfinished | finished:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "exports"


def _unfinished(export_id: uuid.UUID) -> Path:
    return _folder() / f"{export_id}.zip.unfinished"
