"""The pages of the contestants."""

from __future__ import annotations

from typing import Any

import pytest

from serving.models import LanguageModel
from tests.arena.cast import (
    make_model,
    make_participant,
    make_votes,
    organiser,
    outsider,
    researcher,
    volunteer,
)

pytestmark = pytest.mark.django_db

LIKE = ("Ogia eta gazta jaten dira.", "Esnea eta ogia hartzen da.")
LONG_FIRST = ("Ogia eta gazta jaten dira, baita fruta, kafea eta esnea ere, eta asko!", "Esnea.")


@pytest.fixture
def parent() -> LanguageModel:
    return make_model("guraso")


@pytest.fixture
def child(parent: LanguageModel) -> LanguageModel:
    return make_child(parent)


def make_child(parent: LanguageModel, name: str = "ume", **lineage: Any) -> LanguageModel:
    preference_set = {"hash": "ab" * 32, "pairs": 7, "votes": 7}
    made_from = {"recipe": "dpo.toml", "code": "0.1.0", "preference_set": preference_set, "votes": [], **lineage}
    return make_model(name, kind="adapter", base=parent, parent=parent, lineage=made_from)


def page_of(model: LanguageModel, query: str = "") -> str:
    response = outsider().get(f"/models/{model.name}/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_who_contests_and_who_retired(child: LanguageModel, parent: LanguageModel) -> None:
    LanguageModel.objects.filter(pk=parent.pk).update(state="retired")
    contesting, retired = outsider().get("/models/").content.decode().split("<h2>Retired</h2>")
    assert 'href="/models/ume/"' in contesting
    assert 'href="/models/guraso/"' in retired


def test_a_toy_is_called_a_toy() -> None:
    assert "a toy model" in page_of(make_model("txiki", demo=True))


def test_an_unknown_model_is_not_found() -> None:
    assert outsider().get("/models/inor/").status_code == 404


def test_a_page_shows_the_whole_family(child: LanguageModel, parent: LanguageModel) -> None:
    grandchild, sibling = make_child(child, "biloba"), make_child(parent, "anaia")
    for member in (parent, child, grandchild, sibling):
        page = page_of(member)
        assert all(other.title in page for other in (parent, child, grandchild, sibling))


def test_a_page_says_what_the_model_was_made_from(child: LanguageModel) -> None:
    page = page_of(child)
    assert "dpo.toml" in page
    assert "7 votes (7 pairs)" in page
    manifest = outsider().get("/models/ume/lineage.json").json()
    assert (manifest["parent"], manifest["preference_set"]["pairs"]) == ("guraso", 7)


def test_better_than_its_parent_is_said_when_all_votes_say_so(child: LanguageModel, parent: LanguageModel) -> None:
    make_votes(child, parent, ["a"] * 20 + ["b"] * 4, answers=LIKE)
    assert "<strong>Better than its parent</strong>" in page_of(child)


def test_better_is_not_said_while_chance_could_explain_it(child: LanguageModel, parent: LanguageModel) -> None:
    make_votes(child, parent, ["a"] * 5 + ["b"] * 3, answers=LIKE)
    assert "<strong>Better than its parent</strong>" not in page_of(child)


def test_better_is_not_said_of_a_model_that_has_only_learned_to_be_long(
    child: LanguageModel, parent: LanguageModel
) -> None:
    participant = make_participant()
    make_votes(child, parent, ["a"] * 30, answers=LONG_FIRST, participant=participant)
    make_votes(child, parent, ["a"] * 2 + ["b"] * 3, answers=LIKE, participant=participant)
    assert "<strong>Better than its parent</strong>" not in page_of(child)


def test_simulated_votes_decide_only_where_asked_for(child: LanguageModel, parent: LanguageModel) -> None:
    make_votes(parent, child, ["b"] * 20, answers=LIKE, participant=make_participant(simulated=True))
    assert "<strong>Better than its parent</strong>" not in page_of(child)
    assert "<strong>Better than its parent</strong>" in page_of(child, "?simulated=1")


def test_the_organiser_retires_and_restores(parent: LanguageModel) -> None:
    browser = organiser()
    for action, contesting in (("retire", False), ("restore", True)):
        page = browser.post(f"/models/guraso/{action}/", follow=True)
        assert page.status_code == 200
        assert LanguageModel.objects.contesting().filter(pk=parent.pk).exists() == contesting


def test_retiring_twice_says_so(parent: LanguageModel) -> None:
    browser = organiser()
    browser.post("/models/guraso/retire/")
    assert "This model is retired already." in browser.post("/models/guraso/retire/", follow=True).content.decode()


@pytest.mark.parametrize("visitor", [outsider, volunteer, researcher])
def test_nobody_else_retires_a_model(parent: LanguageModel, visitor) -> None:
    assert visitor().post("/models/guraso/retire/").status_code == 403
    assert LanguageModel.objects.contesting().filter(pk=parent.pk).exists()
