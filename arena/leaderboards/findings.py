"""What stands out about a voter, in words with its figures."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from arena.ranking.anomalies import BOTH_BAD, DISAGREEMENT, POSITION, TIES, Finding


def finding_text(finding: Finding) -> str:
    """One sentence."""
    on_a = finding.kind == POSITION and finding.observed >= finding.expected
    turned = finding.kind == POSITION and not on_a
    observed, expected = (
        finding.votes - number if turned else number for number in (finding.observed, finding.expected)
    )
    figures = {"observed": _number(observed), "votes": finding.votes, "expected": _number(expected)}
    if turned:
        return (
            _("Side B in %(observed)s of %(votes)s votes, a tie being half; %(expected)s were to be expected.")
            % figures
        )
    sentences = {
        POSITION: _("Side A in %(observed)s of %(votes)s votes, a tie being half; %(expected)s were to be expected."),
        DISAGREEMENT: _(
            "In %(observed)s of %(votes)s votes for the model that the others find weaker; %(expected)s were to be "
            "expected."
        ),
        TIES: _("A tie in %(observed)s of %(votes)s votes; %(expected)s were to be expected."),
        BOTH_BAD: _("Both bad in %(observed)s of %(votes)s votes; %(expected)s were to be expected."),
    }
    return sentences[finding.kind] % figures


def _number(value: float) -> str:
    """Whole where it is, else with one decimal."""
    return str(number_format(value, decimal_pos=0 if value == round(value) else 1))
