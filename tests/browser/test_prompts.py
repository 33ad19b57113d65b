"""Choosing among the prompts of the bank, and the way of a proposal into it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import BrowserContext, Locator, Page, expect

from arena.models import Prompt
from tests.browser.conftest import PROMPTS
from tests.browser.steps import wait_for_answers

HARD = "Zergatik da gazia itsasoa?"


@pytest.fixture
def hard(site: str) -> Prompt:
    """The one hard prompt of the bank; those of the engine's fixture are easy."""
    return Prompt.objects.create(text=HARD, language="eu", category="places", difficulty="hard")


def pill(page: Page, group: str, name: str) -> Locator:
    return page.locator(group).get_by_role("button", name=name)


def test_prompts_are_chosen_by_difficulty(hard: Prompt, volunteer: Page) -> None:
    pill(volunteer, "#difficulties", "Hard").click()
    expect(volunteer.locator("#chips button")).to_have_text([HARD])
    expect(pill(volunteer, "#difficulties", "Hard")).to_be_focused()
    pill(volunteer, "#difficulties", "Hard").click()
    expect(volunteer.locator("#chips button")).to_have_count(len(PROMPTS) + 1)


def test_a_category_without_the_difficulty_lets_go_of_it(hard: Prompt, volunteer: Page) -> None:
    pill(volunteer, "#difficulties", "Hard").click()
    pill(volunteer, "#categories", "Food").click()
    expect(volunteer.locator("#chips button")).to_have_text([PROMPTS["food"]])
    expect(pill(volunteer, "#difficulties", "Hard")).to_be_disabled()


def test_a_bank_of_one_difficulty_offers_no_choice_of_it(volunteer: Page) -> None:
    expect(volunteer.locator("#categories")).to_be_visible()
    expect(volunteer.locator("#difficulties")).to_be_hidden()


def test_a_proposal_goes_from_the_form_to_a_battle(
    volunteer: Page, context: BrowserContext, site: str, client: Client
) -> None:
    volunteer.get_by_role("link", name="All questions, and propose one").click()
    volunteer.get_by_label("Your question").fill(HARD)
    volunteer.get_by_label("Difficulty").last.select_option("hard")
    volunteer.get_by_role("button", name="Propose").click()
    expect(volunteer.get_by_text("Thank you!")).to_be_visible()

    client.force_login(User.objects.create_superuser("organiser"))
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    steward = context.new_page()
    steward.goto("/prompts/proposals/")
    steward.get_by_role("button", name="Approve").click()
    expect(steward.get_by_text("Approved: the question is in the bank.")).to_be_visible()

    steward.goto("/prompts/?difficulty=hard")
    steward.get_by_role("link", name=HARD).click()
    steward.get_by_role("button", name="Agree to all three and start").click()
    steward.get_by_role("button", name="Ask both").first.click()
    wait_for_answers(steward)
