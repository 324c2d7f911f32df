"""Publishing: what is executed is hashed anew and compared with what was signed; then nothing changes it."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from . import hashing
from .enums import PlanKind, PlanStatus
from .models import PlanVersion


class PublishingError(Exception):
    """The plan may not be published; the message says why and what to do."""


def publish(plan: PlanVersion, *, signed: Mapping[str, str]) -> PlanVersion:
    """Publish a draft cycle plan whose content is what each of `signed` (who: content hash) signed.

    The rows are hashed anew inside the publishing transaction, while edits wait. The plan published before it
    is superseded; both stay as they are for good.
    """
    with transaction.atomic():
        plan = PlanVersion.objects.select_for_update().get(pk=plan.pk)
        if plan.kind != PlanKind.CYCLE or plan.status != PlanStatus.DRAFT:
            raise PublishingError(
                f"{plan} is {plan.get_status_display().lower()}; only a draft cycle plan is published."
            )
        tree = hashing.content(plan)
        changed = sorted(who for who, content_hash in signed.items() if content_hash != tree.content_hash)
        if changed:
            raise PublishingError(
                f"The plan is not what was signed by {', '.join(changed)}: its content is now "
                f"{tree.content_hash[:8]}. Look at what changed, then sign again."
            )
        hashing.store(plan, tree)
        PlanVersion.objects.filter(kind=PlanKind.CYCLE, status=PlanStatus.PUBLISHED).update(
            status=PlanStatus.SUPERSEDED
        )
        plan.status, plan.published = PlanStatus.PUBLISHED, timezone.now()
        plan.save(update_fields=["status", "published"])
    return plan


def published_plan() -> PlanVersion | None:
    """The one plan that everybody works to; every page, export and answer of the API names it (S18)."""
    return PlanVersion.objects.filter(kind=PlanKind.CYCLE, status=PlanStatus.PUBLISHED).first()
