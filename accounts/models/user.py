"""Who signs in at one company."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import pgettext_lazy

from accounts.permissions import ROLES, Permission, RoleDescription, has_permission
from tenants.validators import validate_one_line


class Role(models.TextChoices):
    """The stored keys of accounts.permissions.ROLES."""

    OWNER = "owner", pgettext_lazy("role", "Owner")
    ADMIN = "admin", pgettext_lazy("role", "Admin")
    MANAGER = "manager", pgettext_lazy("role", "Manager")
    VIEWER = "viewer", pgettext_lazy("role", "Viewer")


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        """Who may sign in."""
        return self.filter(is_active=True)

    def active_owners(self) -> UserQuerySet:
        """Who may make and unmake owners; never empty in a company that is ready."""
        return self.active().filter(role=Role.OWNER)


class UserManager(BaseUserManager["User"]):
    """Creates users; addresses are kept lower-case."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()

    def active_owners(self) -> UserQuerySet:
        return self.get_queryset().active_owners()

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())

    def create_user(
        self, *, email: str, role: str, name: str = "", password: str | None = None
    ) -> User:
        """One active user; without a password nobody can sign in as them until a reset."""
        user = self.model(email=email.strip().lower(), name=name, role=role)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in at this company, in one of four roles."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True, validators=[validate_one_line])
    role = models.CharField(max_length=16, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    language = models.CharField(
        max_length=8, blank=True, default="", db_default="", help_text="None: the company's."
    )
    notation = models.CharField(
        max_length=16,
        blank=True,
        default="",
        db_default="",
        help_text="A locale's tag, of numbers, money and days. None: the language's.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Counted up to end every session of the user's at once (part of the session's hash).
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        ordering = ["name", "email"]
        constraints = [
            models.CheckConstraint(
                name="accounts_user_role_known", condition=models.Q(role__in=Role.values)
            ),
            models.CheckConstraint(
                name="accounts_user_email_lower", condition=models.Q(email=Lower("email"))
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def role_description(self) -> RoleDescription:
        return ROLES[self.role]

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    def may(self, permission: Permission) -> bool:
        return has_permission(self, permission)

    @property
    def may_work(self) -> bool:
        return self.may(Permission.WORK)

    @property
    def may_administer(self) -> bool:
        return self.may(Permission.ADMINISTER)

    @property
    def may_own(self) -> bool:
        return self.may(Permission.OWN)

    def end_sessions(self) -> None:
        """Sign the user out everywhere, at the next request of each session. Saves the row."""
        self.session_epoch = models.F("session_epoch") + 1
        self.save(update_fields=["session_epoch"])
        self.refresh_from_db(fields=["session_epoch"])

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django's hash of the password, and the epoch, so that counting it up ends sessions."""
        return salted_hmac(
            "accounts.models.User.get_session_auth_hash",
            f"{self.password}:{self.session_epoch}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()
