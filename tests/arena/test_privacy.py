"""Nobody is tracked: no address of a visitor reaches the disk."""

from __future__ import annotations

import logging
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from arena.models import Consent
from tests.arena.cast import make_battle, make_model, outsider

ADDRESS = "203.0.113.77"


@pytest.mark.django_db
def test_no_address_of_a_visitor_is_written_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = outsider()
    who = {"REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": ADDRESS}
    client.get("/", **who)
    client.post("/consent/", {"evaluate": "on", "publish": "on", "train": "on"}, **who)
    battle = make_battle(make_model("one"), make_model("two"), participant=Consent.objects.get().participant)
    vote = {"outcome": "a", "key": "6f3c0f5e-6c80-4a5c-9f3e-0a8f2d1b7c11", "dwell_ms": 900}
    assert client.post(f"/battles/{battle.pk}/vote/", vote, content_type="application/json", **who).status_code == 201
    rows = StringIO()
    call_command("dumpdata", stdout=rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        sessions = str(cursor.fetchall())
    assert ADDRESS not in rows.getvalue() + sessions + caplog.text


def test_the_web_server_keeps_no_access_log() -> None:
    command = next(line for line in Path(settings.BASE_DIR, "Procfile").read_text().splitlines() if "uvicorn" in line)
    assert "--no-access-log" in command
