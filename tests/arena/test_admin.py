"""The administration: what an organiser finds there, who does not get in, and what is not there for anybody."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from arena.models import Prompt
from serving.models import LanguageModel
from tests.arena.cast import make_battle, make_model, make_vote, organiser, outsider, researcher, volunteer
from training.models import PreferenceSet, TrainingRun

pytestmark = pytest.mark.django_db

LISTS = ["arena/prompt", "serving/engine", "serving/languagemodel", "training/trainingrun", "training/preferenceset"]


def make_prompt(text: str = "Zer jaten da gosaltzeko?", **values: object) -> Prompt:
    return Prompt.objects.create(text=text, **{"language": "eu", "category": "food", **values})


def change(client: Client, prompt: Prompt, **values: str) -> str:
    form = {"text": prompt.text, "language": prompt.language, "category": prompt.category, "difficulty": "easy"}
    return client.post(f"/admin/arena/prompt/{prompt.pk}/change/", {**form, **values}).content.decode()


@pytest.fixture
def rows() -> None:
    """One row of everything that is listed."""
    make_prompt()
    parent = make_model("itsasoa")
    preferences = PreferenceSet.objects.create(path="pairs", hash="ab" * 32, pairs=60, manifest={"votes": [1]})
    TrainingRun.objects.create(parent=parent, preference_set=preferences)


@pytest.mark.parametrize("place", LISTS)
def test_an_organiser_sees_every_list_and_its_row(rows: None, place: str) -> None:
    client = organiser()
    page = client.get(f"/admin/{place}/")
    assert page.status_code == 200
    [row] = page.context["cl"].queryset
    assert client.get(f"/admin/{place}/{row.pk}/change/").status_code == 200


@pytest.mark.parametrize("place", LISTS)
def test_nobody_else_sees_a_list(rows: None, place: str) -> None:
    for client in (outsider(), volunteer(), researcher()):
        assert client.get(f"/admin/{place}/")["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("place", LISTS[1:])
def test_what_programs_write_is_neither_added_nor_deleted_by_hand(rows: None, place: str) -> None:
    client = organiser()
    [row] = client.get(f"/admin/{place}/").context["cl"].queryset
    assert client.get(f"/admin/{place}/add/").status_code == 403
    assert client.post(f"/admin/{place}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_unvoted_battle_is_nowhere_to_be_read() -> None:
    make_battle(make_model("itsasoa"), make_model("mendia"))
    assert {model.__name__ for model in admin.site._registry} == {
        "User", "Group", "Prompt", "Remark", "Engine", "LanguageModel", "TrainingRun", "PreferenceSet",
    }  # fmt: skip
    for name in ("battle", "turn", "answer", "vote"):
        assert organiser().get(f"/admin/arena/{name}/").status_code == 404


def test_remarks_are_there_to_read_with_the_model_they_are_about() -> None:
    vote = make_vote(make_model("itsasoa"), make_model("mendia"), "a")
    remark = vote.remarks.create(side="b", tags=["helpful"], comment="Erraz ulertzen da.")
    page = organiser().get("/admin/arena/remark/").content.decode()
    assert "mendia" in page
    assert "Erraz ulertzen da." in page
    assert organiser().get(f"/admin/arena/remark/{remark.pk}/change/").status_code == 200
    assert organiser().post(f"/admin/arena/remark/{remark.pk}/delete/", {"post": "yes"}).status_code == 403
    assert researcher().get("/admin/arena/remark/")["Location"].startswith("/admin/login/")


def test_of_a_model_only_what_is_said_about_it_can_be_changed() -> None:
    model = make_model("itsasoa", temperature=0.7)
    form = {"description": "Itsasoaz daki.", "licence": "Apache-2.0", "state": "retired", "temperature": "2"}
    assert organiser().post(f"/admin/serving/languagemodel/{model.pk}/change/", form).status_code == 302
    changed = LanguageModel.objects.get()
    assert (changed.description, changed.licence) == ("Itsasoaz daki.", "Apache-2.0")
    assert (changed.state, changed.temperature) == ("active", 0.7)


def test_a_prompt_is_switched_off_in_the_list() -> None:
    prompt = make_prompt(active=True)
    form = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(prompt.pk), "_save": "Save"}
    assert organiser().post("/admin/arena/prompt/", form).status_code == 302
    prompt.refresh_from_db()
    assert (prompt.active, prompt.text) == (False, "Zer jaten da gosaltzeko?")


def test_holding_a_prompt_out_comes_with_a_warning() -> None:
    prompt, client = make_prompt(), organiser()
    assert "holding it out comes too late" in client.get(f"/admin/arena/prompt/{prompt.pk}/change/").content.decode()
    change(client, prompt, held_out="on")
    assert Prompt.objects.get().held_out


def test_a_prompt_that_is_in_the_bank_is_not_entered_again() -> None:
    make_prompt()
    other = make_prompt("Non dago itsasoa?")
    page = change(organiser(), other, text=" zer jaten da  GOSALTZEKO ")
    assert "This prompt is in the bank already." in page
    other.refresh_from_db()
    assert other.text == "Non dago itsasoa?"
