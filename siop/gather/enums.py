from django.db.models import TextChoices


class BatchState(TextChoices):
    STAGED = "staged", "Checked, not loaded"
    REJECTED = "rejected", "Rejected"
    APPLIED = "applied", "Loaded"
    UNDONE = "undone", "Undone"


class UploadState(TextChoices):
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked"
    UNUSABLE = "unusable", "Unusable"
    LOADING = "loading", "Being loaded"
    LOADED = "loaded", "Loaded"
    CANCELLED = "cancelled", "Cancelled"


class BatchMode(TextChoices):
    MERGE = "merge", "New rows replace old ones"
    REPLACE = "replace", "Rows that the file lacks are removed"
