"""The embedded mode of `up` and of every command on one machine."""

from siop.embedded.state import data_dir_option

from .base import *  # noqa: F403
from .base import SECRET_KEY as GIVEN_KEY

SECRET_KEY = GIVEN_KEY or "only-for-commands-that-need-no-servers"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DEMONSTRATION = True
COMMAND_OPTIONS = data_dir_option()
