"""What every page shares: the audit trail, comments and notifications."""

from django.conf import settings
from django.db import models

from siop.base import CodeField, Versioned


class AuditEvent(models.Model):
    """Written by database triggers only; `changes` is {column: [old, new]}."""

    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    table = models.CharField(max_length=63)
    key = models.CharField(max_length=300)
    action = models.CharField(max_length=6)
    changes = models.JSONField()
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["table", "key"], name="audit_row"),
            models.Index(fields=["at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table} {self.key}"


class Mark(models.Model):
    """Which transaction wrote to a table last, left there by trigger; a few rows a table, so that no writer waits."""

    table = models.CharField(max_length=63, db_index=True)
    written = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.table} {self.written}"


class AuditSeal(models.Model):
    """A link of the hash chain over audit events, added by a job each minute."""

    first_event = models.BigIntegerField()
    last_event = models.BigIntegerField(unique=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"events {self.first_event} to {self.last_event}"


class Comment(Versioned):
    """A remark of a person at a place: a cell, an item-location, an exception, an agenda item."""

    place = models.CharField(
        max_length=300, db_index=True, help_text="What it is about, such as demand:A-1/UK/*."
    )
    month = models.DateField(null=True, blank=True)
    text = models.TextField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created = models.DateTimeField(auto_now_add=True)
    resolved = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created"]

    def __str__(self) -> str:
        return self.text[:60]


class SavedView(Versioned):
    """Filter, sort and columns of a page under a name, as the part of its address; everybody sees a shared one."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = CodeField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "page", "name"], name="saved_view_once")]
        indexes = [models.Index(fields=["page"], name="saved_view_page")]

    def __str__(self) -> str:
        return self.name


class FirstView(models.Model):
    """The view that a page opens with for a person."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="first_views")
    page = CodeField(max_length=40)
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="opens_first")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "page"], name="first_view_once")]

    def __str__(self) -> str:
        return f"{self.page} of {self.person}"


class Notification(models.Model):
    """One thing a person should know, shown in My work and mailed; `key` makes it come once."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    key = CodeField()
    text = models.TextField()
    url = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    read = models.DateTimeField(null=True, blank=True)
    mailed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created"]
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="notification_once")]

    def __str__(self) -> str:
        return self.text[:60]
