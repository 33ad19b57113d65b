"""What a load balancer asks: is the process alive, can the site do its work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from arena.models import WorkerBeat
from tests.arena.cast import make_engine, make_model
from tests.stand_in_engine import StandInEngine

pytestmark = pytest.mark.django_db


def beat(*, seconds_ago: int = 5) -> None:
    WorkerBeat.objects.create(worker="worker", at=timezone.now() - timedelta(seconds=seconds_ago))


def contestant(url: str) -> None:
    make_model("secret-name", engine=make_engine("secret-engine", url=url, managed=True))


def test_a_live_process_says_so_without_asking_anybody(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_site_whose_parts_all_answer_is_ready(client: Client, engine: StandInEngine) -> None:
    beat()
    contestant(engine.url)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "not_ready": []})


def test_a_silent_worker_makes_the_site_unready(client: Client) -> None:
    beat(seconds_ago=61)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["not_ready"]) == (503, ["worker"])


def test_an_engine_that_is_down_makes_the_site_unready_and_is_not_named(client: Client, engine: StandInEngine) -> None:
    beat()
    contestant(engine.url)
    engine.stop()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["not_ready"]) == (503, ["engines"])
    assert "secret" not in response.content.decode()


def test_an_engine_that_is_unwell_makes_the_site_unready(client: Client, engine: StandInEngine) -> None:
    beat()
    contestant(engine.url)
    engine.healthy = False
    assert client.get("/readyz").json()["not_ready"] == ["engines"]


def test_the_answer_is_never_cached(client: Client) -> None:
    assert "no-store" in client.get("/readyz")["Cache-Control"]
