"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path

from arena.views import (
    about,
    accounts,
    battle,
    consent,
    exports,
    health,
    home,
    integrity,
    languages,
    leaderboard,
    me,
    models,
    planner,
    prompts,
    proposals,
    published,
    receipt,
    shared,
)

FORMAT = r"(?P<format>csv|json|parquet)"

urlpatterns = [
    path("", home.home, name="home"),
    path("consent/", consent.consent, name="consent"),
    path("battle/", battle.new_battle, name="battle"),
    path("battles/<uuid:battle_id>/", battle.battle_detail, name="battle-detail"),
    path("battles/<uuid:battle_id>/vote/", battle.vote, name="vote"),
    path("battles/<uuid:battle_id>/share/", battle.share, name="share"),
    path("shared/<uuid:key>/", shared.shared, name="shared"),
    path("prompts/", prompts.prompts, name="prompts"),
    path("prompts/proposals/", proposals.proposals, name="proposals"),
    path("prompts/proposals/<int:proposal_id>/approve/", proposals.approve_proposal, name="approve"),
    path("prompts/proposals/<int:proposal_id>/decline/", proposals.decline_proposal, name="decline"),
    path("battles/<uuid:battle_id>/skip/", battle.skip, name="skip"),
    path("leaderboard/", leaderboard.leaderboard, name="leaderboard"),
    path("leaderboard/planner/", planner.planner, name="planner"),
    re_path(rf"^leaderboard\.{FORMAT}$", leaderboard.leaderboard_file, name="leaderboard-file"),
    path("leaderboard/published/<str:board>/", published.numbers, name="published-list"),
    path("leaderboard/published/<str:board>/<int:number>/", published.published, name="published"),
    re_path(
        rf"^leaderboard/published/(?P<board>[^/]+)/(?P<number>\d+)\.{FORMAT}$",
        published.published_download,
        name="published-file",
    ),
    re_path(rf"^votes\.{FORMAT}$", exports.votes_file, name="votes-file"),
    path("votes/README.md", exports.votes_card, name="votes-card"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<uuid:export_id>/", exports.export, name="export"),
    path("exports/<uuid:export_id>/progress/", exports.export_progress, name="export-progress"),
    path("exports/<uuid:export_id>/download/", exports.export_download, name="export-download"),
    path("models/", models.model_list, name="models"),
    path("models/<str:name>/", models.model_detail, name="model"),
    path("models/<str:name>/lineage.json", models.lineage_file, name="model-lineage"),
    path("models/<str:name>/retire/", models.retire, name="retire"),
    path("models/<str:name>/restore/", models.restore, name="restore"),
    path("receipt/", receipt.receipt, name="receipt"),
    path("me/", me.me, name="me"),
    path("research/integrity/", integrity.integrity, name="integrity"),
    path("research/integrity/<uuid:participant_id>/exclude/", integrity.exclude_voter, name="exclude"),
    path("research/integrity/<uuid:participant_id>/lift/", integrity.lift_exclusion, name="lift"),
    path("about/", about.about, name="about"),
    path("about/languages/", languages.languages, name="languages"),
    path("about/languages/<str:language>.po", languages.catalogue, name="catalogue"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    # By name: the arena never imports the training room.
    path("training/", include("training.urls")),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
