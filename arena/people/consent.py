"""Consent: who takes part has said yes to a text, in a language, for named uses."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from arena.errors import Refused
from arena.models import Consent, Participant
from serving.models import LanguageModel

# Added to the version of the text where it says that models elsewhere answer too.
ELSEWHERE = "+elsewhere"


def models_elsewhere() -> bool:
    """Whether what is written here is also answered on other machines, which the text must then say."""
    return not all(model.is_here for model in LanguageModel.objects.contesting().select_related("engine"))


def give_consent(
    *, participant: Participant | None, language: str, publish: bool, train: bool, simulated: bool = False
) -> Consent:
    """Write a consent, for a new participant or superseding an earlier one of the same participant."""
    with transaction.atomic():
        if participant is None:
            participant = Participant.objects.create(simulated=simulated)
        return Consent.objects.create(
            participant=participant,
            version=settings.CONSENT_VERSION + (ELSEWHERE if models_elsewhere() else ""),
            language=language,
            publish=publish,
            train=train,
        )


def consent_of(participant: Participant, *, elsewhere: bool) -> Consent:
    """The participant's standing consent to the present text. Raises Refused where there is none.

    Who agreed to models `elsewhere` agreed to those here too; not the other way round.
    """
    versions = [settings.CONSENT_VERSION + ELSEWHERE]
    if not elsewhere:
        versions.append(settings.CONSENT_VERSION)
    consent = participant.consents.filter(withdrawn_at=None, version__in=versions).order_by("pk").last()
    if consent is None:
        raise Refused("consent", _("Please read and accept the conditions first."), status=403)
    return consent
