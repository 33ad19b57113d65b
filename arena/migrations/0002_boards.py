import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('arena', '0001_initial'),
        ('serving', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BoardVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('board', models.CharField(max_length=80, unique=True)),
                ('version', models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Exclusion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('decided_at', models.DateTimeField(auto_now_add=True)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('schema', models.CharField(max_length=20)),
                ('format', models.CharField(max_length=10)),
                ('board', models.CharField(max_length=80)),
                ('simulated', models.BooleanField(default=False)),
                ('conversations', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('running', 'running'), ('ready', 'ready'), ('failed', 'failed')], default='queued', max_length=10)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.AlterModelOptions(
            name='leaderboard',
            options={'get_latest_by': 'number'},
        ),
        migrations.RemoveConstraint(
            model_name='paircount',
            name='one_count_per_ordered_pair',
        ),
        migrations.AddField(
            model_name='battle',
            name='repeats',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='repeated_by', to='arena.battle'),
        ),
        migrations.AddField(
            model_name='battle',
            name='variety',
            field=models.CharField(blank=True, max_length=35),
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='agreement',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='board',
            field=models.CharField(default='overall', max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='code_version',
            field=models.CharField(default='', max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='excluded',
            field=models.BooleanField(default=False, help_text='With the votes of excluded voters.'),
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='intervals',
            field=models.CharField(default='iid', max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='method',
            field=models.CharField(default='bradley-terry', max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='number',
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='leaderboard',
            name='voters',
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='paircount',
            name='board',
            field=models.CharField(default='overall', max_length=80),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='paircount',
            name='population',
            field=models.CharField(choices=[('people', 'people'), ('simulated', 'simulated voters'), ('excluded', 'excluded voters')], default='people', max_length=10),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='paircount',
            name='version',
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='standing',
            name='p_first',
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name='standing',
            name='rank_lower',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='standing',
            name='rank_upper',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='vote',
            name='category',
            field=models.SlugField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='vote',
            name='content',
            field=models.CharField(blank=True, choices=[('a', 'A is better'), ('tie', 'Both are equally good'), ('both_bad', 'Both are bad'), ('b', 'B is better')], max_length=10),
        ),
        migrations.AddField(
            model_name='vote',
            name='language',
            field=models.CharField(default='', max_length=35),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='vote',
            name='pair_probability',
            field=models.FloatField(default=1.0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='vote',
            name='participant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='arena.participant'),
        ),
        migrations.AddField(
            model_name='vote',
            name='population',
            field=models.CharField(choices=[('people', 'people'), ('simulated', 'simulated voters'), ('excluded', 'excluded voters')], default='people', max_length=10),
        ),
        migrations.AddField(
            model_name='vote',
            name='quality',
            field=models.CharField(blank=True, choices=[('a', 'A is better'), ('tie', 'Both are equally good'), ('both_bad', 'Both are bad'), ('b', 'B is better')], max_length=10),
        ),
        migrations.AddField(
            model_name='vote',
            name='repeat',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='vote',
            name='variety',
            field=models.CharField(blank=True, max_length=35),
        ),
        migrations.AddConstraint(
            model_name='vote',
            constraint=models.CheckConstraint(condition=models.Q(('content__in', ['', 'a', 'tie', 'both_bad', 'b']), ('quality__in', ['', 'a', 'tie', 'both_bad', 'b'])), name='an_axis_has_a_known_outcome'),
        ),
        migrations.AddField(
            model_name='exclusion',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='exclusions', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='exclusion',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='exclusion',
            name='participant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exclusions', to='arena.participant'),
        ),
        migrations.AddField(
            model_name='export',
            name='asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='exclusion',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('participant',), name='one_standing_exclusion_per_voter'),
        ),
    ]
