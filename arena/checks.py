"""System checks: every operational mistake has an id and a hint. Nothing here opens a connection."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution
from django.http.request import validate_host

LEAST_FREE_BYTES = 1 << 30
LEAST_SECRET = 40
LOCAL = {"127.0.0.1", "localhost", "::1"}


@register
def check_database_folder(**kwargs: Any) -> list[CheckMessage]:
    database = settings.DATABASES["default"]
    if not str(database["ENGINE"]).endswith("sqlite3"):
        return []
    path = Path(str(database["NAME"]))
    # SQLite writes its journal beside the file, so the folder must be writable too.
    blocked = [place for place in (path.parent, path) if place.exists() and not os.access(place, os.W_OK)]
    if path.parent.is_dir() and not blocked:
        return []
    place = blocked[0] if blocked else path.parent
    return [
        Error(
            f"The database cannot be written: {place} is missing or not writable.",
            hint="Make the folder, give it to the user who runs the site, or set DATABASE_URL or HAREA_VAR.",
            id="arena.E001",
        )
    ]


@register
def check_broker_folder(**kwargs: Any) -> list[CheckMessage]:
    if settings.BROKER_URL != "filesystem://":
        return []
    folder = Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"]))
    if os.access(folder, os.W_OK):
        return []
    return [
        Error(
            f"Jobs cannot be queued: {folder} is missing or not writable.",
            hint="Give the folder to the user who runs the site, or set BROKER_URL to a Redis.",
            id="arena.E002",
        )
    ]


@register
def check_disk(**kwargs: Any) -> list[CheckMessage]:
    free = shutil.disk_usage(settings.VAR_DIR).free
    if free >= LEAST_FREE_BYTES:
        return []
    return [
        Caution(
            f"Only {free // 2**20} MiB are free in {settings.VAR_DIR}.",
            hint="Votes and checkpoints need room: free some space, or set HAREA_VAR to a larger disk.",
            id="arena.W003",
        )
    ]


@register
def check_site_url(**kwargs: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        return [
            Error(
                f"SITE_URL is {settings.SITE_URL!r}, which is not the root of a site.",
                hint="Write it like https://arena.example, without a path and without a slash at the end.",
                id="arena.E004",
            )
        ]
    if validate_host(parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]", settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            f"SITE_URL names {parts.hostname}, which ALLOWED_HOSTS leaves out.",
            hint=f"Add {parts.hostname} to ALLOWED_HOSTS: until then every page and every battle is refused.",
            id="arena.E005",
        )
    ]


@register
def check_public_site(**kwargs: Any) -> list[CheckMessage]:
    """What is harmless on one's own machine and dangerous on a site that others reach."""
    if urlsplit(settings.SITE_URL).hostname in LOCAL:
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Error(
                "DEBUG is on while SITE_URL is public: errors would show settings and models to volunteers.",
                hint="Unset DEBUG.",
                id="arena.E006",
            )
        )
    if "*" in settings.ALLOWED_HOSTS:
        found.append(
            Caution(
                "ALLOWED_HOSTS lets every host name in.",
                hint="Name the site's own hosts, separated by commas.",
                id="arena.W007",
            )
        )
    if not settings.SITE_URL.startswith("https://"):
        found.append(
            Caution(
                "SITE_URL is public and not https: session cookies travel in the open.",
                hint="Put a proxy with a certificate before the site and write https:// in SITE_URL.",
                id="arena.W008",
            )
        )
    return found


@register
def check_secret_key(**kwargs: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= LEAST_SECRET:
        return []
    return [
        Error(
            f"SECRET_KEY has fewer than {LEAST_SECRET} characters.",
            hint="Unset it (the site then makes its own) or give a long random one.",
            id="arena.E009",
        )
    ]
