"""Votes get copies from their battles, published boards get numbers, and the counts are made anew for every board."""

from collections import Counter

from django.db import migrations
from django.db.models import Case, OuterRef, Subquery, Value, When

OUTCOMES = ("a", "tie", "both_bad", "b")


def fill(apps, schema_editor):
    battle, vote = apps.get_model("arena", "Battle"), apps.get_model("arena", "Vote")
    same = battle.objects.filter(pk=OuterRef("battle"))
    copied = ["participant", "language", "category", "pair_probability"]
    vote.objects.update(
        population=Case(When(simulated=True, then=Value("simulated")), default=Value("people")),
        **{name: Subquery(same.values(name)[:1]) for name in copied},
    )
    boards = apps.get_model("arena", "Leaderboard")
    for simulated in (False, True):
        for number, board in enumerate(boards.objects.filter(simulated=simulated).order_by("pk"), start=1):
            boards.objects.filter(pk=board.pk).update(number=number)


def count(apps, schema_editor):
    vote, pair_count = apps.get_model("arena", "Vote"), apps.get_model("arena", "PairCount")
    pair_count.objects.all().delete()
    cells = Counter()
    for voted in vote.objects.filter(withdrawn_at=None).iterator():
        boards = {"overall", f"language:{voted.language}", f"month:{voted.created_at:%Y-%m}"}
        boards |= {f"category:{voted.category}"} if voted.category else set()
        for board in boards:
            cells[board, voted.population, voted.model_a_id, voted.model_b_id, voted.outcome] += 1
    pairs = {cell[:4] for cell in cells}
    pair_count.objects.bulk_create(
        pair_count(
            board=board,
            population=population,
            model_a_id=a,
            model_b_id=b,
            version=1,
            **{outcome: cells[board, population, a, b, outcome] for outcome in OUTCOMES},
        )
        for board, population, a, b in sorted(pairs)
    )
    apps.get_model("arena", "BoardVersion").objects.bulk_create(
        apps.get_model("arena", "BoardVersion")(board=board, version=1) for board in sorted({pair[0] for pair in pairs})
    )


class Migration(migrations.Migration):
    dependencies = [("arena", "0002_boards")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
