"""The web application, loaded whole before gunicorn forks: neither a worker nor a first visitor waits for it."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siop.settings.local")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)
# What is loaded by now stays: the collector need not look at it again and again, nor after every 700 objects.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
