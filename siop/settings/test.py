"""Tests: the servers that `manage.py test` started, plain static files, fast password hashing."""

from .base import *  # noqa: F403
from .base import DATA_DIR

SECRET_KEY = "not-a-secret-for-tests-only"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
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
