"""People, teams, tokens and proposals that wait for a second person."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from knox.models import AbstractAuthToken, AuthTokenManager

from project.accounts.access import NEVER_TOGETHER, STANDS_ALONE, Role
from project.accounts.skills import checked
from project.problems import Invalid


def check_time_zone(name: str) -> None:
    """Shifts and clocks are meant in it: a misspelt one would stop them. Raises ValidationError."""
    if name not in available_timezones():
        raise ValidationError({"time_zone": f"{name} is no time zone of the IANA list, such as Europe/Madrid."})


class Team(models.Model):
    """A team of reviewers. Its supervisors are the line of command of its members."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    supervisors = models.ManyToManyField("accounts.User", related_name="supervised_teams", blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        check_time_zone(self.time_zone)


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An administrator of accounts. There is no account that may see everything."""
        roles = list({*fields.pop("roles", []), Role.ADMINISTRATOR.value})
        return self.create_user(email, password, roles=roles, **fields)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # of tokens: knox has it abstract
    """One account of one person, or of one program (role `service`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="members")
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices), default=list, blank=True)
    locales = ArrayField(models.CharField(max_length=35), default=list, blank=True)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["email"]
        constraints = [
            models.CheckConstraint(
                name="accounts_moderator_stands_alone",
                condition=~Q(roles__contains=[NEVER_TOGETHER[0]]) | ~Q(roles__overlap=list(NEVER_TOGETHER[1])),
            ),
            models.CheckConstraint(
                name="accounts_counsel_stands_alone",
                condition=~Q(roles__contains=[STANDS_ALONE]) | Q(roles=[STANDS_ALONE], team=None),
            ),
            models.CheckConstraint(name="accounts_email_is_lower", condition=Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()
        check_time_zone(self.time_zone)
        try:
            self.skills = checked(self.skills)
        except Invalid as refusal:
            raise ValidationError({"skills": refusal.detail}) from refusal

    @property
    def display_name(self) -> str:
        return self.name or self.email.partition("@")[0]

    def has_role(self, role: Role) -> bool:
        return role.value in self.roles

    @property
    def is_staff(self) -> bool:
        """Django's admin is the administrator's tool for accounts; it shows no content."""
        return self.is_active and self.has_role(Role.ADMINISTRATOR)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class ApiToken(AbstractAuthToken):
    """A token for the API: stored as a digest, limited to a scope where one is given."""

    objects: ClassVar[AuthTokenManager] = AuthTokenManager()

    scope = models.CharField(max_length=20, blank=True)

    class Meta(AbstractAuthToken.Meta):
        swappable = "KNOX_TOKEN_MODEL"


class Session(AbstractBaseSession):
    """One sign-in in one browser. `handle` is its name on pages: the key itself opens the door and is never shown.

    A session without a person is one that has not signed in yet. Times are UTC; no address is kept.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sign_ins")
    handle = models.UUIDField(null=True, unique=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    agent = models.CharField(max_length=60, blank=True)

    objects: ClassVar[BaseSessionManager] = BaseSessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "sign-in"

    def __str__(self) -> str:
        """Not the key, which the parent class would show."""
        return f"{self.agent} ({self.handle})"

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from project.accounts.session_store import SessionStore

        return SessionStore


class HouseTextManager(models.Manager["HouseText"]):
    def in_force(self) -> models.QuerySet[Any, uuid.UUID]:
        """Ids of the newest version of each text."""
        return self.order_by("slug", "-version").distinct("slug").values_list("pk", flat=True)


class HouseText(models.Model):
    """One version of a text that people acknowledge, such as confidentiality. Plain; never changed, only followed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    body = models.TextField(max_length=20_000)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects: ClassVar[HouseTextManager] = HouseTextManager()

    class Meta:
        ordering = ["slug", "-version"]
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="accounts_text_version_once")]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class Acknowledgement(models.Model):
    """That a person read one version and said so."""

    text = models.ForeignKey(HouseText, models.PROTECT, related_name="acknowledgements")
    person = models.ForeignKey(User, models.PROTECT, related_name="acknowledgements")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "text"], name="accounts_acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.text_id} ({self.at:%Y-%m-%d})"


class Proposal(models.Model):
    """An act that one person proposed and another must approve before it happens, once."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        EXECUTED = "executed"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    act = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    proposer = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decider = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["act", "subject_type", "subject_id"],
                condition=Q(state="proposed"),
                name="accounts_one_open_proposal",
            ),
            models.CheckConstraint(
                name="accounts_two_people",
                condition=~Q(state="executed") | (Q(decider__isnull=False) & ~Q(decider=models.F("proposer"))),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="proposed"), name="accounts_open_proposals")]

    def __str__(self) -> str:
        return f"{self.act} ({self.state})"
