"""The Celery application: messages carry ids only; the work itself is listed in the database (siop.jobs)."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siop.settings.local")

app = Celery("siop")
app.conf.update(settings.CELERY)
app.set_default()
app.autodiscover_tasks(["siop.jobs"])
