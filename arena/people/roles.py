"""Who may do what, in one place: researchers train, stewards keep the prompt bank, organisers do all of it and more."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

RESEARCHERS = "researchers"
STEWARDS = "stewards"


def is_researcher(user: AbstractBaseUser | AnonymousUser) -> bool:
    """A member of the group, or an organiser."""
    return _is_in(RESEARCHERS, user)


def is_steward(user: AbstractBaseUser | AnonymousUser) -> bool:
    """A member of the group, or an organiser."""
    return _is_in(STEWARDS, user)


def is_organiser(user: AbstractBaseUser | AnonymousUser) -> bool:
    return isinstance(user, User) and user.is_superuser


def _is_in(group: str, user: AbstractBaseUser | AnonymousUser) -> bool:
    return isinstance(user, User) and (user.is_superuser or user.groups.filter(name=group).exists())
