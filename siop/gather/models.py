"""What came in: each import, its row errors, and what every row was before, so that an import can be undone."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from .enums import BatchMode, BatchState, UploadState


class MappingProfile(models.Model):
    """How a foreign file becomes one of our tables, saved under a name."""

    name = models.CharField(max_length=120, unique=True)
    table = models.CharField(max_length=40)
    definition = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    table = models.CharField(max_length=40)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    profile = models.CharField(max_length=120, blank=True)
    mapping = models.JSONField(default=dict)
    mode = models.CharField(max_length=10, choices=BatchMode.choices, default=BatchMode.MERGE)
    valid_rows_only = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=BatchState.choices)
    read_rows = models.PositiveIntegerField(default=0)
    applied_rows = models.PositiveIntegerField(default=0)
    unchanged_rows = models.PositiveIntegerField(default=0)
    rejected_rows = models.PositiveIntegerField(default=0)
    removed_rows = models.PositiveIntegerField(default=0)
    excluded = models.JSONField(default=dict, help_text="Rows left out by each rule of the profile.")
    summary = models.JSONField(default=dict)
    data_version = models.BigIntegerField(null=True, blank=True)
    undo_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    applied = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["table", "state"], name="batch_table_state")]

    def __str__(self) -> str:
        return f"import {self.pk}: {self.file_name}"


class ImportIssue(models.Model):
    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="issues")
    row = models.PositiveIntegerField()
    column = models.CharField(max_length=120, blank=True)
    value = models.TextField(blank=True)
    reason = models.TextField()
    suggestion = models.TextField(blank=True)

    class Meta:
        ordering = ["row", "id"]

    def __str__(self) -> str:
        return f"Row {self.row}: {self.reason}"


class BeforeImage(models.Model):
    """One row that a batch changed; `new` is null where it was removed. New rows are in InsertedRows."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="before_images")
    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    old = models.JSONField()
    new = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["table", "row_id"], name="before_image_row")]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id} before import {self.batch_id}"


class InsertedRows(models.Model):
    """Ids of rows that a batch added: there is nothing before them to keep, and there may be a million."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="inserted")
    table = models.CharField(max_length=63)
    row_ids = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"{len(self.row_ids)} new rows of {self.table} in import {self.batch_id}"


class Upload(models.Model):
    """A file on its way in: kept with what the person decided about it until it is loaded or cancelled."""

    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    content = models.BinaryField(null=True)
    table = models.CharField(max_length=40, blank=True)
    profile = models.JSONField(null=True, help_text="The mapping in use; none: by column names.")
    date_order = models.CharField(max_length=3, blank=True)
    decimal_mark = models.CharField(max_length=1, blank=True)
    mode = models.CharField(max_length=10, choices=BatchMode.choices, default=BatchMode.MERGE)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.CHECKING)
    message = models.TextField(blank=True)
    sheets = models.JSONField(
        default=list, help_text="Name, header and first rows of each table in the file."
    )
    report = models.JSONField(default=list, help_text="What the check found, table by table.")
    batches = ArrayField(models.BigIntegerField(), default=list)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name
