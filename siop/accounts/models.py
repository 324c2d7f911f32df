"""People, the roles they hold with scope and last day, and the departments that sign."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from siop.base import CodeField

from .enums import Role


class PersonManager(BaseUserManager["Person"]):
    def create_person(self, *, email: str, name: str, password: str | None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    # SHA-256 of the person's API token; the token itself is shown once.
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_any_case")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    code = CodeField(unique=True)
    name = models.CharField(max_length=120)
    signs = models.BooleanField(default=True, help_text="Its head signs the consensus plan of each cycle.")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """A role a person holds: everywhere, or within a category or a location, for good or until a date."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    department = models.ForeignKey(Department, on_delete=models.CASCADE, null=True, blank=True)
    category = models.ForeignKey("catalog.Category", on_delete=models.CASCADE, null=True, blank=True)
    location = models.ForeignKey("catalog.Location", on_delete=models.CASCADE, null=True, blank=True)
    expires = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "department", "category", "location"],
                name="role_grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.DEPARTMENT_HEAD) | models.Q(department__isnull=False),
                name="department_head_names_department",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} as {self.get_role_display()}"
