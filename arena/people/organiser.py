"""The first account: an organiser with a password made by the machine."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from arena.people.roles import RESEARCHERS, STEWARDS

USERNAME = "organiser"


@transaction.atomic
def make_first_organiser() -> bool:
    """Make the account unless there is an organiser already; says whether it was made."""
    for group in (RESEARCHERS, STEWARDS):
        Group.objects.get_or_create(name=group)
    if User.objects.filter(is_superuser=True).exists():
        return False
    password = secrets.token_urlsafe(12)
    User.objects.create_superuser(USERNAME, password=password)
    path = _password_file()
    path.touch(mode=0o600)
    path.write_text(password)
    return True


def first_password() -> str | None:
    """The password made by `make_first_organiser`, until somebody has logged in with it."""
    path = _password_file()
    if not path.exists():
        return None
    organiser = User.objects.filter(username=USERNAME).first()
    if organiser is None or organiser.last_login is not None or not organiser.check_password(path.read_text()):
        path.unlink()
        return None
    return path.read_text()


def _password_file() -> Path:
    return Path(settings.VAR_DIR) / "organiser-password"
