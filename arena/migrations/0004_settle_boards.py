import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("arena", "0003_fill_boards")]

    operations = [
        migrations.AlterField(
            model_name='vote',
            name='participant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='arena.participant'),
        ),
        migrations.RemoveField(
            model_name='paircount',
            name='simulated',
        ),
        migrations.RemoveField(
            model_name='vote',
            name='simulated',
        ),
        migrations.AddIndex(
            model_name='paircount',
            index=models.Index(fields=['board', 'version'], name='counts_by_version'),
        ),
        migrations.AddConstraint(
            model_name='leaderboard',
            constraint=models.UniqueConstraint(fields=('board', 'simulated', 'excluded', 'number'), name='one_board_per_number'),
        ),
        migrations.AddConstraint(
            model_name='paircount',
            constraint=models.UniqueConstraint(fields=('board', 'population', 'model_a', 'model_b'), name='one_count_per_ordered_pair'),
        ),
    ]
