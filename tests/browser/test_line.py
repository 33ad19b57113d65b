"""What happens when the line, the page or the server goes away in the middle."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from arena.models import Battle, Vote
from tests.browser.steps import expect_reveal, fight, tap_prompt, vote, wait_for_answers
from tests.stand_in_engine import StandInEngine

VOTES = "**/battles/*/vote/"


def test_a_reload_in_the_middle_joins_the_same_battle(volunteer: Page, engine: StandInEngine) -> None:
    engine.rate = 8
    tap_prompt(volunteer)
    expect(volunteer.locator(".answer.plain", has_text="Goizean")).to_be_visible()
    volunteer.reload()
    wait_for_answers(volunteer)
    assert Battle.objects.count() == 1
    vote(volunteer)
    expect_reveal(volunteer)


def test_a_line_that_breaks_is_taken_up_again(volunteer: Page, context: BrowserContext, engine: StandInEngine) -> None:
    engine.rate = 8
    lines = []
    volunteer.route_web_socket("**/ws/arena/", lambda line: lines.append((line, line.connect_to_server())))
    volunteer.reload()
    tap_prompt(volunteer)
    expect(volunteer.locator(".answer.plain", has_text="Goizean")).to_be_visible()
    line, server = lines[0]
    server.close()
    line.close()
    wait_for_answers(volunteer)
    assert (Battle.objects.count(), len(lines)) == (1, 2)


def test_a_vote_that_could_not_be_sent_is_kept_and_sent_again(volunteer: Page) -> None:
    fight(volunteer)
    volunteer.get_by_text("Say why").click()
    volunteer.get_by_role("group", name="Answer A").get_by_text("did not answer").click()
    volunteer.route(VOTES, lambda route: route.abort())
    vote(volunteer, "B is better")
    expect(volunteer.locator("#status")).to_contain_text("kept in this browser")
    expect(volunteer.locator("#reveal")).to_be_hidden()
    volunteer.unroute(VOTES)
    volunteer.reload()
    expect_reveal(volunteer)
    cast = Vote.objects.get()
    assert (cast.outcome, cast.remarks.get().tags) == ("b", ["did_not_answer"])


def test_a_vote_the_server_could_not_write_reveals_nothing_and_is_sent_again(volunteer: Page) -> None:
    fight(volunteer)
    answer = {"code": "database", "message": "Your vote could not be saved just now."}
    volunteer.route(VOTES, lambda route: route.fulfill(status=503, json=answer))
    vote(volunteer)
    expect(volunteer.locator("#status")).to_contain_text("could not be saved")
    expect(volunteer.locator("#reveal")).to_be_hidden()
    volunteer.unroute(VOTES)
    volunteer.get_by_role("button", name="Send the vote again").click()
    expect_reveal(volunteer)


def test_a_vote_whose_answer_was_lost_counts_once(volunteer: Page) -> None:
    fight(volunteer)

    def lose(route) -> None:  # type: ignore[no-untyped-def]
        route.fetch()
        route.abort()

    volunteer.route(VOTES, lose)
    vote(volunteer)
    expect(volunteer.locator("#status")).to_contain_text("kept in this browser")
    volunteer.unroute(VOTES)
    volunteer.reload()
    expect_reveal(volunteer)
    assert Vote.objects.count() == 1


def test_a_voted_battle_opened_again_shows_its_reveal(volunteer: Page) -> None:
    fight(volunteer)
    vote(volunteer)
    expect_reveal(volunteer)
    volunteer.reload()
    expect_reveal(volunteer)
    expect(volunteer.locator("#vote")).to_be_hidden()


def test_the_back_button_returns_to_the_battle(volunteer: Page) -> None:
    fight(volunteer)
    vote(volunteer)
    volunteer.get_by_role("button", name="Next battle").click()
    volunteer.go_back()
    expect_reveal(volunteer)
