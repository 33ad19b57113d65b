"""Reading a vote, or why there is none, as the browser sends it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from arena.battles.remarks import Remarked
from arena.battles.writing import check_letters, tidied
from arena.errors import Refused
from arena.models.battles import Side
from arena.models.remarks import COMMENT_MAX_CHARACTERS, Tag

# The column is a 32-bit integer; a page left open for longer than 24 days says nothing about reading.
LONGEST_DWELL_MS = 2**31 - 1

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Ballot:
    """`key` is made by the browser, so that the same vote may be sent twice. `dwell_ms`: from answers to vote.

    `content` and `quality` are outcomes on these axes alone, "" where they were not judged apart. `remarks` are of the
    sides that something was said of.
    """

    outcome: str
    key: uuid.UUID
    dwell_ms: int | None
    content: str
    quality: str
    remarks: list[Remarked]


def read_ballot(body: bytes) -> Ballot:
    """Parse the body of a vote. Raises Refused for anything that is none."""
    try:
        match json.loads(body):
            case {"outcome": str(outcome), "key": str(key), **rest}:
                match rest.get("content", ""), rest.get("quality", ""):
                    case str(content), str(quality):
                        remarks = _remarks(rest.get("remarks", {}))
                        return Ballot(outcome, uuid.UUID(key), _dwell(rest.get("dwell_ms")), content, quality, remarks)
    except (ValueError, RecursionError):
        pass  # Not JSON, or a key that is no UUID: refused below like a missing field.
    raise Refused("ballot", _("This vote could not be understood. Please reload the page and vote again."))


def read_reason(request: HttpRequest) -> str:
    """The reason of a skip, from JSON or from a form. Raises Refused("reason") where there is none."""
    try:
        match request.POST if request.content_type in FORMS else json.loads(request.body):
            case {"reason": str(reason)}:
                return reason
    except (ValueError, RecursionError):
        pass  # Not JSON: refused below like a missing field.
    raise Refused("reason", _("This reason could not be understood. Please reload the page and try again."))


def _dwell(value: object) -> int | None:
    """A number the browser measured; what it could not measure is unknown, and costs nobody the vote."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return min(value, LONGEST_DWELL_MS)


def _remarks(sent: object) -> list[Remarked]:
    """By side. Raises Refused for what the page cannot have sent, and for a comment that cannot be kept."""
    if not isinstance(sent, dict) or not sent.keys() <= set(Side.values):
        raise _unknown_remark()
    remarks = [_remark(side, sent[side]) for side in Side.values if side in sent]
    return [remark for remark in remarks if remark.tags or remark.comment]


def _remark(side: str, sent: object) -> Remarked:
    match sent:
        case {"tags": list(tags), "comment": str(comment)} if all(tag in Tag.values for tag in tags):
            return Remarked(side, [tag for tag in Tag.values if tag in tags], _comment(comment))
    raise _unknown_remark()


def _comment(text: str) -> str:
    if len(text) > COMMENT_MAX_CHARACTERS:
        message = _("Your comment is too long: %(limit)d characters are the most.") % {"limit": COMMENT_MAX_CHARACTERS}
        raise Refused("comment_long", message)
    text = tidied(text)
    check_letters(text)
    return text


def _unknown_remark() -> Refused:
    return Refused(
        "remark", _("What you said of an answer could not be understood. Please reload the page and vote again.")
    )
