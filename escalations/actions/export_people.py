"""What an export calls the people of a case."""

from __future__ import annotations

from escalations.models import Case, Report
from project.accounts.access import Role
from project.accounts.models import User

# Whoever has several roles acts in a case in the first of these that they have.
ACTS_AS = (Role.LEGAL, Role.COUNSEL, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.REVIEWER)


class People:
    """Names where a court needs them, else role and number. A reporter is a pseudonym everywhere."""

    def __init__(self, case: Case, *, named: bool) -> None:
        self._named = named
        self._reporters = {report.reporter_id: report.pseudonym for report in Report.objects.filter(case=case)}
        self._labels: dict[object, str] = {}

    def name(self, user: User) -> str:
        """The same person has the same name throughout one export."""
        if user.pk in self._reporters:
            return self._reporters[user.pk]
        if self._named:
            return user.display_name
        if user.pk not in self._labels:
            role = self.role(user).capitalize()
            taken = sum(label.startswith(f"{role} ") for label in self._labels.values())
            self._labels[user.pk] = f"{role} {taken + 1}"
        return self._labels[user.pk]

    def role(self, user: User) -> str:
        """The role in which they act here."""
        return next((role.value for role in ACTS_AS if user.has_role(role)), "person")
