"""Fixtures that every room uses."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.utils import translation

from arena.leaderboards import columns, compute, counting, failures
from tests.stand_in_engine import StandInEngine


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """What the site serves is there before it is imported: WhiteNoise looks at its files only once.

    Pages name their styles and scripts by hash, as on a real site. Parallel workers find it done.
    """
    if not hasattr(session.config, "workerinput"):
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("compile_translations", verbosity=0)


@pytest.fixture
def engine() -> Iterator[StandInEngine]:
    """A stand-in engine at 200 tokens a second, where a fault or a pace has to be made on purpose."""
    with StandInEngine() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    """Every test has a database of its own; what this process knew of the last one's votes is gone.

    So is the language of the last page that was asked for.
    """
    translation.deactivate()
    for module in (counting, columns, compute, failures):
        module.forget()
