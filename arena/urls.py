"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from arena.views import about, battle, consent, home

urlpatterns = [
    path("", home.home, name="home"),
    path("consent/", consent.consent, name="consent"),
    path("battle/", battle.new_battle, name="battle"),
    path("battles/<uuid:battle_id>/", battle.battle_detail, name="battle-detail"),
    path("battles/<uuid:battle_id>/vote/", battle.vote, name="vote"),
    path("about/", about.about, name="about"),
    path("training/", include("training.urls")),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
