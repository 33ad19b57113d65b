"""Who contests: an organiser retires a model and brings it back. Its votes stay counted."""

from __future__ import annotations

from django.utils.translation import gettext as _

from arena.errors import Refused
from serving.models import LanguageModel


def retire(*, model: LanguageModel) -> None:
    """Take a model out of the draw; battles under way go on."""
    active = LanguageModel.objects.contesting().filter(pk=model.pk)
    if not active.update(state=LanguageModel.State.RETIRED):
        raise Refused("retired", _("This model is retired already."), status=409)


def restore(*, model: LanguageModel) -> None:
    """Put a retired model back into the draw."""
    retired = LanguageModel.objects.filter(pk=model.pk, state=LanguageModel.State.RETIRED)
    if not retired.update(state=LanguageModel.State.ACTIVE):
        raise Refused("active", _("This model is in the arena already."), status=409)
