"""A voted battle that its voter shows to others, at an address that nobody can guess."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from arena.errors import Refused
from arena.models import Battle


def share_battle(battle: Battle) -> uuid.UUID:
    """The key under which everybody may read the battle from now on; the same one every time.

    Raises Refused where the battle is not voted, shows somebody else's words again, or may not be published.
    """
    if battle.state != Battle.State.VOTED:
        raise Refused("not_voted", _("A battle can be shared after its vote."), status=409)
    if battle.repeats_id is not None:
        raise Refused("not_yours", _("This question was somebody else's, so it cannot be shared."), status=409)
    if not battle.consent.publish or battle.consent.withdrawn_at is not None:
        raise Refused("not_published", _("You did not agree to publication, so it cannot be shared."), status=409)
    Battle.objects.filter(pk=battle.pk, share_key=None).update(share_key=uuid.uuid4())
    battle.refresh_from_db(fields=["share_key"])
    assert battle.share_key is not None
    return battle.share_key


def shared_battle(key: uuid.UUID) -> Battle:
    """The battle with its turns and answers. Raises Refused where there is none, or it was withdrawn."""
    shared = Battle.objects.filter(share_key=key, state=Battle.State.VOTED, consent__withdrawn_at=None)
    battle = shared.select_related("model_a", "model_b", "vote").prefetch_related("turns__answers").first()
    if battle is None:
        raise Refused("unknown", _("There is no such battle, or it has been withdrawn."), status=404)
    return battle
