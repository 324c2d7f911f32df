"""Tests: the servers that `manage.py test` started, plain static files, fast password hashing."""

from .base import *  # noqa: F403
from .base import CACHES, CELERY, DATA_DIR, DATABASES, REDIS_URL, env

SECRET_KEY = "not-a-secret-for-tests-only"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
# `manage.py test` brings a migrated database along: the tests' own is a copy of it.
DATABASES["default"]["TEST"] = {"TEMPLATE": DATABASES["default"]["NAME"]}
# Each process of a parallel run has a Redis database of its own, as it has its own in PostgreSQL.
REDIS_NUMBER = int(env("PYTEST_XDIST_WORKER", default="gw0").removeprefix("gw"))
REDIS_URL = REDIS_URL.rsplit("/", 1)[0] + f"/{REDIS_NUMBER}"
CACHES["default"]["LOCATION"] = CELERY["broker_url"] = REDIS_URL
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
DEMONSTRATION = True
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
