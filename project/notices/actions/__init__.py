"""Tell people, send what goes out, keep quiet when they sleep."""

from project.notices.actions.notices import mark_all_read, tell

__all__ = ["mark_all_read", "tell"]
