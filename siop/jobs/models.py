"""The work ledger: what is to be computed lives in these tables; a message only says that there is work."""

from django.conf import settings
from django.db import models

from .enums import ChunkState, JobState


class DataVersion(models.Model):
    """One row. Raised inside the transaction that applies data, so that its order is commit order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_data_version")]

    def __str__(self) -> str:
        return f"data version {self.version}"


class Job(models.Model):
    """A queued job is its own outbox row: written with the data it is about, sent after commit, swept if lost."""

    kind = models.CharField(max_length=40)
    # What the job computes from; the same inputs at the same version are computed once.
    input_hash = models.CharField(max_length=64, blank=True)
    version = models.BigIntegerField()
    plan = models.ForeignKey(
        "plans.PlanVersion", on_delete=models.SET_NULL, null=True, blank=True, related_name="jobs"
    )
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    stumbles = models.PositiveSmallIntegerField(default=0, help_text="Failed tries to open or close the job.")
    message = models.TextField(blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "input_hash", "version"], name="job_once")]
        indexes = [models.Index(fields=["state"], name="job_state")]

    def __str__(self) -> str:
        return f"{self.kind} of data version {self.version}"


class Chunk(models.Model):
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ChunkState.choices, default=ChunkState.TODO)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="chunk_once")]
        indexes = [models.Index(fields=["job", "state"], name="chunk_state")]

    def __str__(self) -> str:
        return f"chunk {self.number} of job {self.job_id}"
