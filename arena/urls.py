"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, re_path

from arena.views import about, battle, consent, health, home, languages, leaderboard, models, receipt

FORMAT = r"(?P<format>csv|json|parquet)"

urlpatterns = [
    path("", home.home, name="home"),
    path("consent/", consent.consent, name="consent"),
    path("battle/", battle.new_battle, name="battle"),
    path("battles/<uuid:battle_id>/", battle.battle_detail, name="battle-detail"),
    path("battles/<uuid:battle_id>/vote/", battle.vote, name="vote"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    re_path(rf"^leaderboard\.{FORMAT}$", leaderboard.leaderboard_file, name="leaderboard-file"),
    re_path(rf"^votes\.{FORMAT}$", leaderboard.votes_file, name="votes-file"),
    path("models/", models.model_list, name="models"),
    path("models/<str:name>/", models.model_detail, name="model"),
    path("models/<str:name>/lineage.json", models.lineage_file, name="model-lineage"),
    path("models/<str:name>/retire/", models.retire, name="retire"),
    path("models/<str:name>/restore/", models.restore, name="restore"),
    path("receipt/", receipt.receipt, name="receipt"),
    path("about/", about.about, name="about"),
    path("about/languages/", languages.languages, name="languages"),
    path("about/languages/<str:language>.po", languages.catalogue, name="catalogue"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # By name: the arena never imports the training room.
    path("training/", include("training.urls")),
    path("accounts/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
