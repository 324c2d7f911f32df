"""The web application, loaded whole before gunicorn forks: neither a worker nor a first visitor waits for it."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "siop.settings.local")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)
