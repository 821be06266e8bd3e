"""Is this process alive, may it serve, and does the service keep its promises?

An app registers its own checks from `AppConfig.ready`: `register` for a promise to the people who rely on the
service (/status), `register_ready` for a condition of serving at all (/readyz), `register_gauge` for a figure
(/metrics). None of them may ever name content.
"""

from project.health.registry import register, register_gauge, register_ready

__all__ = ["register", "register_gauge", "register_ready"]
