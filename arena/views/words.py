"""The sentences that the battle's script shows: served by gettext with the page, so that they are in one catalogue."""

from __future__ import annotations

from django.utils.translation import gettext as _


def voted_words() -> dict[str, str]:
    """A vote in a sentence, by its outcome; its voter reads another."""
    return {
        "a": _("A was found better."),
        "b": _("B was found better."),
        "tie": _("Both were found equally good."),
        "both_bad": _("Both were found bad."),
    }


def battle_words() -> dict[str, str]:
    """Keyed by what happened. `{…}` is filled in by the script."""
    return {
        # Where things stand.
        "opening": _("Finding two models for you…"),
        "both_writing": _("Both are writing…"),
        "one_writing": _("{done} is ready, {other} is still writing…"),
        "ready": _("Both answers are there. Which one is better?"),
        "stopping": _("Stopping…"),
        "stopped": _("Stopped. An unfinished answer cannot be judged."),
        "ended": _("This battle ended without a winner. Start a new one."),
        "unanswered": _("This side gave no answer."),
        "again": _("Starting over…"),
        "waiting": _("Waiting for the first words…"),
        # The vote.
        "sending": _("Saving your vote…"),
        "kept": _("Your vote could not be sent yet. It is kept in this browser and goes out as soon as possible."),
        "kept_sent": _("A vote kept in this browser has now been counted."),
        "voted_a": _("You found A better."),
        "voted_b": _("You found B better."),
        "voted_tie": _("You found both equally good."),
        "voted_both_bad": _("You found both bad."),
        "votes_total": _("Votes in this arena so far: {count}"),
        "shared": _("Everybody who has this address can read the battle now:"),
        "copied": _("The address is copied."),
        "not_shared": _("This could not be shared just now. Please try again."),
        "first_vote": _("This is the first vote on these two models."),
        "interval": _(
            "Without your vote, their difference would be known to ±{without} points; now it is known to ±{with}."
        ),
        # The skip.
        "skipped": _("Skipped. What do you want to ask next?"),
        "not_skipped": _("This could not be saved just now. Please try again in a moment."),
        # Who it was.
        "parameters": _("{count} parameters"),
        "child": _("child of {parent}"),
        "demo": _("toy model"),
        # The line.
        "offline": _("The connection is lost. Trying again…"),
        "online": _("Connected again."),
        "keys": _("Ctrl+Enter sends."),
        "left": _("{count} characters left"),
        "too_long": _("{count} characters too many"),
        "all": _("All"),
        "you": _("You"),
        "answer": _("Answer {side}"),
        "prompt_empty": _("Please write something first."),
    }
