"""The Celery application. Jobs take ids and may run twice; the row in the database is the truth."""

import os

from celery import Celery

from arena.broker import use_whole_messages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.settings")
use_whole_messages()

app = Celery("harea")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
