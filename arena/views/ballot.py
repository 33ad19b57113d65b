"""Reading a vote, or why there is none, as the browser sends it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from arena.errors import Refused

# The column is a 32-bit integer; a page left open for longer than 24 days says nothing about reading.
LONGEST_DWELL_MS = 2**31 - 1

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Ballot:
    """`key` is made by the browser, so that the same vote may be sent twice. `dwell_ms`: from answers to vote.

    `content` and `quality` are outcomes on these axes alone, "" where they were not judged apart.
    """

    outcome: str
    key: uuid.UUID
    dwell_ms: int | None
    content: str
    quality: str


def read_ballot(body: bytes) -> Ballot:
    """Parse the body of a vote. Raises Refused("ballot") for anything that is none."""
    try:
        match json.loads(body):
            case {"outcome": str(outcome), "key": str(key), **rest}:
                match rest.get("content", ""), rest.get("quality", ""):
                    case str(content), str(quality):
                        return Ballot(outcome, uuid.UUID(key), _dwell(rest.get("dwell_ms")), content, quality)
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
