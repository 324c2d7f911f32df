"""Sessions in the database, read by a statement that is not composed anew for each request."""

from typing import Any

from django.contrib.sessions.backends import db

from siop.statements import answers

READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()"


class SessionStore(db.SessionStore):
    """Django's own; every request begins with `load`."""

    def load(self) -> dict[str, Any]:
        found = answers(READ, [self.session_key])
        if not found:
            self._session_key = None
            return {}
        return self.decode(found[0][0])
