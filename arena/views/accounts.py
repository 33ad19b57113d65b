"""Signing in, for those who look after the arena."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView


class SignIn(LoginView):
    """Django's own page, without its word `site`: ours says more."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        del context["site"]
        return context
