"""Who may do what, in one place: researchers train, organisers retire and roll back."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

RESEARCHERS = "researchers"


def is_researcher(user: AbstractBaseUser | AnonymousUser) -> bool:
    """A member of the group, or an organiser."""
    return isinstance(user, User) and (user.is_superuser or user.groups.filter(name=RESEARCHERS).exists())


def is_organiser(user: AbstractBaseUser | AnonymousUser) -> bool:
    return isinstance(user, User) and user.is_superuser
