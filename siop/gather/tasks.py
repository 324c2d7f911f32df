"""Jobs that check and load large uploads in a worker, beside the chain of recomputations."""

from __future__ import annotations

from siop.gather import uploads
from siop.gather.enums import UploadState
from siop.gather.models import Upload
from siop.jobs.models import Chunk
from siop.jobs.registry import job_kind


@job_kind(uploads.CHECK, label="Check an upload", chained=False)
def check_upload(chunk: Chunk) -> None:
    upload = Upload.objects.get(pk=chunk.job.parameters["upload"])
    if upload.state == UploadState.CHECKING:
        uploads.check(upload)


@job_kind(uploads.LOAD, label="Load an upload", chained=False)
def load_upload(chunk: Chunk) -> None:
    upload = Upload.objects.get(pk=chunk.job.parameters["upload"])
    if upload.state == UploadState.LOADING:
        uploads.load(upload, valid_rows_only=chunk.job.parameters["valid_rows_only"])
