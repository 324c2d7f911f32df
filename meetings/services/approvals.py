"""A department's word on the plan, bound to its content hash; and publication, which compares them all."""

from django.db import transaction

from siop.accounts.access import holders, require
from siop.accounts.enums import Permission
from siop.accounts.models import Department, Person
from siop.plans import hashing, publishing
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion
from siop.web import audit

from ..enums import StageKind, Verdict
from ..errors import CycleError, StaleContent
from ..models import Approval, Cycle, Minute
from ..selectors import approvals, cycles, gates
from . import kpis
from .cycles import go_back
from .telling import tell

TOLD_OF_PLANS = (Permission.APPROVE, Permission.RUN_CYCLE)


@transaction.atomic
def approve(
    *, person: Person, department: str = "", part: str = "", seen: str = "", reservation: str = ""
) -> list[Approval]:
    """Sign the cycle plan for the departments a person heads; `seen` is the content hash that was looked at.

    `part` signs consensus demand, inventory targets or supply plan alone; blank signs the plan as a whole. A
    `reservation` is what the signer dissents from though the plan may stand: it is kept with the signature.
    """
    require(person, Permission.APPROVE)
    cycle, plan = _signable()
    departments = _departments(person, department)
    held_up = gates.signing_held_up(cycle)
    if held_up:
        raise CycleError(held_up)
    tree = hashing.content(plan)
    if seen and seen != tree.content_hash:
        raise StaleContent(
            "The plan has changed since you looked at it. Look at what changed, then approve it."
        )
    hashing.store(plan, tree)
    reservation = reservation.strip()
    alone = person.pk in approvals.editors(since=cycle.opened) and approvals.can_sign() == {person.pk}
    if alone:
        audit.because("self-approval: the only person who can sign had edited the plan")
    given = [
        Approval.objects.create(
            cycle=cycle,
            plan=plan,
            part=part,
            department=one,
            content_hash=approvals.signed_hash(tree, part),
            verdict=Verdict.APPROVED,
            reason=reservation,
            self_approval=alone,
            person=person,
        )
        for one in departments
    ]
    said = f", with a reservation: “{reservation}”" if reservation else ""
    _note(
        cycle,
        person,
        f"{_names(departments)} {_approve(departments)} {_what(part)} {tree.content_hash[:8]}{said}.",
    )
    return given


@transaction.atomic
def reject(*, person: Person, reason: str, department: str = "", part: str = "") -> StageKind:
    """Refuse the plan: the stage that decided what is wrong reopens, and every other approval is voided."""
    require(person, Permission.APPROVE)
    if not reason.strip():
        raise CycleError("Say why: a rejection needs a reason, so that the planners know what to change.")
    cycle, plan = _signable()
    departments = _departments(person, department)
    tree = hashing.content(plan)
    stage = _stage_to_reopen(cycle, part)
    go_back(cycle, kind=stage, person=person, reason=f"{_names(departments)} rejected the plan: {reason}")
    for one in departments:
        Approval.objects.create(
            cycle=cycle,
            plan=plan,
            part=part,
            department=one,
            content_hash=approvals.signed_hash(tree, part),
            verdict=Verdict.REJECTED,
            reason=reason,
            person=person,
        )
    _note(cycle, person, f"{_names(departments)} rejected {_what(part)}: {reason}")
    return stage


@transaction.atomic
def publish(*, person: Person) -> PlanVersion:
    """Publish the cycle plan that every department has signed; nothing changes it from then on."""
    require(person, Permission.DECIDE)
    cycle, plan = _signable()
    if cycle.stage != StageKind.EXECUTIVE_MEETING:
        raise CycleError(
            f"{cycle.name} stands in {StageKind(cycle.stage).label.lower()}; the plan is published in the executive meeting."
        )
    given = approvals.signatures(cycle)
    _refuse_unsigned(given)
    _refuse_missing_targets(plan, given)
    _refuse_own_work(cycle, given)
    try:
        published = publishing.publish(plan, signed=_signed(given, hashing.content(plan)))
    except publishing.PublishingError as error:
        raise CycleError(str(error)) from error
    _note(cycle, person, f"{person} published {published} ({published.content_hash[:8]}).")
    cycle.plan = published
    cycle.agenda.filter(key=cycles.APPROVE).update(done=True)
    kpis.record(cycle)
    _tell_everybody(cycle, published, by=person)
    return published


def _tell_everybody(cycle: Cycle, plan: PlanVersion, *, by: Person) -> None:
    """Whoever plans, signs or runs the cycle hears that from now on one plan counts."""
    everybody = {one.pk: one for right in TOLD_OF_PLANS for one in holders(right) if one.pk != by.pk}
    tell(
        everybody.values(),
        key=f"published:{plan.pk}",
        text=f"{by} published the plan of {cycle.name}: v{plan.pk}, content {plan.content_hash[:8]}.",
        url="/cycle/",
    )


def _signed(given: list[approvals.Signature], tree: hashing.HashTree) -> dict[str, str]:
    """Content hash by department: that of the plan while each part is what was signed, else the one signed."""
    signed = {}
    for signature in given:
        moved = [
            row.content_hash
            for row in signature.parts.values()
            if row.content_hash != approvals.signed_hash(tree, row.part)
        ]
        signed[signature.department.name] = moved[0] if moved else tree.content_hash
    return signed


def _signable() -> tuple[Cycle, PlanVersion]:
    cycle = cycles.required_cycle()
    if cycles.is_published(cycle):
        raise CycleError(f"{cycle.plan} is published already; nothing is left to sign.")
    if cycle.plan is None or cycle.stage not in approvals.SIGNED_IN:
        raise CycleError(
            f"{cycle.name} stands in {StageKind(cycle.stage).label.lower()}; departments sign from reconciliation on."
        )
    return cycle, cycle.plan


def _departments(person: Person, code: str) -> list[Department]:
    own = approvals.departments_of(person)
    chosen = [one for one in own if not code or one.code.lower() == code.lower()]
    if not chosen:
        named = ", ".join(one.code for one in own) or "none"
        raise CycleError(f"{person} heads no department {code!r} that signs (heads: {named})." if code
                         else f"{person} heads no department that signs.")  # fmt: skip
    return chosen


def _stage_to_reopen(cycle: Cycle, part: str) -> StageKind:
    """The stage that decided the part; for the plan as a whole the stage before the current one."""
    if part:
        return cycles.DECIDED_IN[PlanPart(part)]
    now = cycles.current_stage(cycle)
    before = cycle.stages.filter(position__lt=now.position).order_by("-position").first()
    return StageKind(before.kind if before else now.kind)


def _refuse_unsigned(given: list[approvals.Signature]) -> None:
    if not given:
        raise CycleError("No department signs. Add departments and their heads in Settings.")
    missing = [
        f"{signature.department.name} ({signature.note or signature.state})"
        for signature in given
        if not signature.complete
    ]
    if missing:
        raise CycleError(f"The plan is not approved by {', '.join(missing)}.")


def _refuse_missing_targets(plan: PlanVersion, given: list[approvals.Signature]) -> None:
    missing = gates.uncovered_lines(plan)
    if not plan.targets.exists() or missing:
        raise CycleError(
            f"Inventory is never left out: {missing or 'all'} planned item-locations have no inventory target. "
            "Compute the targets and refresh the cycle plan."
        )
    if not approvals.inventory_approved(given):
        raise CycleError(
            "The inventory targets are not approved: no department signed the plan as a whole or its inventory part."
        )


def _refuse_own_work(cycle: Cycle, given: list[approvals.Signature]) -> None:
    alone = approvals.signed_alone(cycle, given)
    if alone:
        names = ", ".join(Person.objects.filter(pk__in=alone).values_list("name", flat=True))
        raise CycleError(f"{names} edited this plan and alone signed it. Somebody else must sign it too.")


def _note(cycle: Cycle, person: Person, text: str) -> None:
    Minute.objects.create(cycle=cycle, person=person, text=text)


def _names(departments: list[Department]) -> str:
    return ", ".join(one.name for one in departments)


def _approve(departments: list[Department]) -> str:
    return "approves" if len(departments) == 1 else "approve"


def _what(part: str) -> str:
    return f"the {PlanPart(part).label.lower()} of the plan" if part else "the plan"
