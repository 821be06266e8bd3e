"""Django's sessions in the database, with whose they are, so that they can be shown, ended and limited.

What is stored beside the session: the person, when it began, when it was last used, and the kind of browser.
No address: whose computer stands where is nobody's business here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import router, transaction
from django.utils import timezone

BEGAN, SEEN, IDLE, WHOLE, AGENT, HANDLE = (
    "began",
    "seen",
    "idle_seconds",
    "whole_seconds",
    "agent",
    "handle",
)
USER: Final = "_auth_user_id"


class SessionStore(DatabaseStore):
    """Ends by itself: so long after it was last used, so long after it began, whichever comes first."""

    @classmethod
    def get_model_class(cls) -> Any:
        # Imported late: Django loads the engine before the models.
        from project.accounts.models import Session

        return Session

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        if IDLE not in self:
            return super().get_expiry_date(**kwargs)
        return min(self._moment(SEEN) + self._span(IDLE), self._moment(BEGAN) + self._span(WHOLE))

    def get_expire_at_browser_close(self) -> bool:
        """The browser forgets the cookie when it closes; how long the session lasts is the server's to say."""
        return True

    def cycle_key(self) -> None:
        """Django's makes the new row before it deletes the old one. Here both would have the sign-in's one handle, the
        database would refuse the new one, and Django would try for ever.
        """
        data, key = self._session, self.session_key  # type: ignore[attr-defined]  # of the base class
        with transaction.atomic(using=router.db_for_write(self.model)):
            if key:
                self.delete(key)
            self.create()
        self._session_cache = data

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)  # of the model above
        row.user_id = data.get(USER)
        row.began_at, row.seen_at = self._moment(BEGAN), self._moment(SEEN)
        row.agent, row.handle = str(data.get(AGENT, ""))[:60], data.get(HANDLE)
        return row

    def _moment(self, name: str) -> datetime:
        stamp = self.get(name)
        return timezone.now() if stamp is None else datetime.fromtimestamp(stamp, tz=UTC)

    def _span(self, name: str) -> timedelta:
        return timedelta(seconds=self.get(name, 0))
