"""The researchers' room, at its pages."""

from __future__ import annotations

import json
import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from serving.models import LanguageModel
from tests.arena.cast import make_model, organiser, outsider, researcher, volunteer
from tests.training.cast import ENOUGH, give_pairs
from tests.training.conftest import Behave
from training.models import TrainingRun
from training.tasks import run_training

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("training")]
State = TrainingRun.State


def page(client: Client, name: str = "home", run: TrainingRun | None = None, **query: str) -> str:
    response = client.get(reverse(f"training:{name}", args=[run.pk] if run else []), query)
    assert response.status_code == 200
    return response.content.decode()


def start(client: Client, parent: LanguageModel, **form: str) -> str:
    """Press the button; return the text of the page one lands on."""
    response = client.post(reverse("training:start"), {"model": parent.name, **form}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def run(parent: LanguageModel) -> TrainingRun:
    return TrainingRun.objects.create(parent=parent)


@pytest.fixture
def ended(run: TrainingRun) -> TrainingRun:
    run_training(str(run.pk))
    run.refresh_from_db()
    return run


# Who may come in.


def test_a_visitor_is_asked_to_sign_in() -> None:
    response = outsider().get(reverse("training:home"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login"))


@pytest.mark.parametrize("name", ["home", "start"])
def test_somebody_signed_in_who_is_no_researcher_is_refused(name: str) -> None:
    client = volunteer()
    client.force_login(User.objects.create_user("neighbour"))
    address = reverse(f"training:{name}")
    assert (client.post(address) if name == "start" else client.get(address)).status_code == 403


@pytest.mark.parametrize("name", ["run", "run-progress", "run-log", "cancel", "retry"])
def test_no_address_of_a_run_is_open_to_others(run: TrainingRun, name: str) -> None:
    client = outsider()
    client.force_login(User.objects.create_user("neighbour"))
    address = reverse(f"training:{name}", args=[run.pk])
    assert (client.post(address) if name in {"cancel", "retry"} else client.get(address)).status_code == 403


def test_an_organiser_may_come_in() -> None:
    assert "Training" in page(organiser())


# What could be trained.


def test_each_contestant_is_shown_with_its_pairs(parent: LanguageModel) -> None:
    assert re.search(rf"Basque</a></th>\s*<td class=\"num\">{ENOUGH}</td>", page(researcher()))


def test_a_contestant_with_too_few_pairs_has_no_button(parent: LanguageModel, settings: Settings) -> None:
    settings.TRAINING_MINIMUM_PAIRS = ENOUGH + 1
    assert "Train a child" not in page(researcher())


def test_simulated_votes_are_counted_where_the_box_is_ticked(parent: LanguageModel) -> None:
    give_pairs(parent, 3, simulated=True)
    assert f'<td class="num">{ENOUGH + 3}</td>' in page(researcher(), simulated="on")


def test_remote_contestants_are_not_listed() -> None:
    make_model("far", kind="remote")
    assert "Far" not in page(researcher())


# Starting.


def test_the_button_starts_a_run_and_shows_it(parent: LanguageModel) -> None:
    assert "waiting" in start(researcher(), parent)
    assert TrainingRun.objects.get().parent == parent


def test_a_run_remembers_who_started_it(parent: LanguageModel) -> None:
    client = researcher()
    start(client, parent)
    assert str(TrainingRun.objects.get().started_by_id) == client.session["_auth_user_id"]


def test_a_run_with_simulated_votes_says_so(parent: LanguageModel) -> None:
    assert "simulated votes" in start(researcher(), parent, simulated="on")


def test_too_few_pairs_are_told_with_their_number(parent: LanguageModel, settings: Settings) -> None:
    settings.TRAINING_MINIMUM_PAIRS = 50
    assert f"There are {ENOUGH} preference pairs for this contestant; a run needs 50." in start(researcher(), parent)
    assert not TrainingRun.objects.exists()


def test_a_second_run_on_the_same_contestant_is_refused(run: TrainingRun) -> None:
    assert "waiting or running already" in start(researcher(), run.parent)


def test_an_unknown_contestant_is_not_found() -> None:
    assert researcher().post(reverse("training:start"), {"model": "nobody"}).status_code == 404


# Watching.


def test_an_unknown_run_is_not_found() -> None:
    assert researcher().get(reverse("training:run", args=[uuid.uuid4()])).status_code == 404


def test_a_waiting_run_asks_for_its_progress_every_second(run: TrainingRun) -> None:
    text = page(researcher(), "run", run)
    assert f'hx-get="{reverse("training:run-progress", args=[run.pk])}?state=queued" hx-trigger="every 1s"' in text
    assert "htmx" in text


def test_the_progress_shows_what_the_training_reports(run: TrainingRun) -> None:
    run.state, run.stage = State.RUNNING, TrainingRun.Stage.TRAIN
    run.progress = {"step": 12, "steps": 40, "loss": 0.612, "accuracy": 0.75, "margin": 0.031, "seconds_left": 21}
    run.save()
    text = page(researcher(), "run-progress", run, state="running")
    for shown in ("12 / 40", "0.612", "0.75", "0.031", "about 21 s", 'aria-current="step">training'):
        assert shown in text


def test_the_loss_is_drawn_once_there_are_two_points(run: TrainingRun) -> None:
    run.folder.mkdir(parents=True)
    run.progress_file.write_text("".join(json.dumps({"loss": loss}) + "\n" for loss in (0.7, 0.5, 0.4)))
    assert '<polyline points="0.0,0.0 150.0,53.3 300.0,80.0"/>' in page(
        researcher(), "run-progress", run, state="queued"
    )


def test_a_run_that_moved_on_reloads_its_page(run: TrainingRun) -> None:
    address = reverse("training:run-progress", args=[run.pk])
    assert researcher().get(address, {"state": "running"})["HX-Refresh"] == "true"


def test_the_page_of_a_finished_run_asks_for_nothing_more(ended: TrainingRun) -> None:
    assert "hx-get" not in page(researcher(), "run", ended)


def test_the_page_of_a_finished_run_leads_to_the_child(ended: TrainingRun) -> None:
    assert ended.child is not None
    assert reverse("model", args=[ended.child.name]) in page(researcher(), "run", ended)


def test_the_gate_s_figures_are_shown_with_limit_and_verdict(run: TrainingRun, training: Behave) -> None:
    training("is refused")
    run_training(str(run.pk))
    text = page(researcher(), "run", run)
    assert re.search(r'check-failed">.*1\.6.*2\.1.*0\.312.*≤ 0\.02.*failed', text, re.DOTALL)


def test_a_figure_that_could_not_be_measured_is_unknown(run: TrainingRun) -> None:
    unmeasured = {"parent": None, "child": None, "value": None, "passed": None}
    run.gate = {"checks": [{"name": "bits_per_byte", "limit": 0.02, **unmeasured}]}
    run.save()
    assert 'class="check-unknown"' in page(researcher(), "run", run)


def test_the_log_of_a_failed_run_is_on_its_page_and_can_be_fetched(run: TrainingRun, training: Behave) -> None:
    training("crashes")
    run_training(str(run.pk))
    client = researcher()
    assert "a fault nobody foresaw" in page(client, "run", run)
    response = client.get(reverse("training:run-log", args=[run.pk]))
    assert response["Content-Type"].startswith("text/plain")
    assert "a fault nobody foresaw" in response.content.decode()


def test_what_a_log_holds_is_shown_as_text(run: TrainingRun) -> None:
    run.folder.mkdir(parents=True)
    run.log.write_text("<script>alert(1)</script>")
    response = researcher().get(reverse("training:run-log", args=[run.pk]), headers={"HX-Request": "true"})
    assert b"&lt;script&gt;" in response.content


# Ending.


def test_a_waiting_run_can_be_cancelled(run: TrainingRun) -> None:
    researcher().post(reverse("training:cancel", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == State.CANCELLED


def test_cancelling_a_run_that_is_over_is_told(ended: TrainingRun) -> None:
    response = researcher().post(reverse("training:cancel", args=[ended.pk]), follow=True)
    assert "This run is over already." in response.content.decode()


def test_a_failed_run_can_be_tried_again(run: TrainingRun, training: Behave) -> None:
    training("dies")
    run_training(str(run.pk))
    client = researcher()
    assert "Try again" in page(client, "run", run)
    client.post(reverse("training:retry", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, run.reason) == (State.QUEUED, "")


@pytest.mark.parametrize("name", ["start", "cancel", "retry"])
def test_nothing_is_done_by_a_link(run: TrainingRun, name: str) -> None:
    address = reverse(f"training:{name}", args=[] if name == "start" else [run.pk])
    assert researcher().get(address).status_code == 405


def test_no_page_holds_a_script_or_style_of_its_own(ended: TrainingRun) -> None:
    text = page(researcher(), "run", ended) + page(researcher())
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|onclick=", text)
