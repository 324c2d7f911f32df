"""Who signed what: the state of each department's word, bound to the content of the plan as it is now."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from siop.accounts.access import GRANTS, roles_of
from siop.accounts.enums import Permission, Role
from siop.accounts.models import Department, Person, RoleGrant
from siop.plans import hashing
from siop.plans.enums import PlanPart
from siop.plans.hashing import HashTree
from siop.reading import once
from siop.statements import answers, rows_of
from siop.web.models import AuditEvent

from ..enums import StageKind, Verdict
from ..models import Approval, Cycle

APPROVED, PARTLY, VOIDED, REJECTED, WAITING = "approved", "partly", "voided", "rejected", "waiting"
SIGNED_IN = (StageKind.RECONCILIATION, StageKind.EXECUTIVE_MEETING)
# Tables in which people change the numbers of a plan.
EDITED_TABLES = ("forecasting_override", "inventory_policy", "supply_plannedorder")
# Department heads whose role counts today and who may still sign in.
HEADS = """
SELECT g.department_id, p.name FROM accounts_rolegrant g JOIN accounts_person p ON p.id = g.person_id
WHERE g.role = %s AND p.is_active AND (g.expires IS NULL OR g.expires > %s) ORDER BY g.id
"""


@dataclass(frozen=True)
class Signature:
    """A department's word: `parts` holds what it signed that still is what it was."""

    department: Department
    heads: tuple[str, ...]
    state: str
    note: str
    approval: Approval | None
    parts: dict[PlanPart, Approval]

    @property
    def complete(self) -> bool:
        return self.state == APPROVED

    @property
    def reservation(self) -> str:
        """What was signed under protest, where the signature still holds."""
        return "; ".join(dict.fromkeys(one.reason for one in self.parts.values() if one.reason))


def signatures(cycle: Cycle) -> list[Signature]:
    """One for each department that signs, by name."""
    return once(("signatures", cycle.pk), lambda: _signatures(cycle))


def _signatures(cycle: Cycle) -> list[Signature]:
    heads: dict[int, list[str]] = {}
    for department_id, name in answers(HEADS, [Role.DEPARTMENT_HEAD, timezone.localdate()]):
        heads.setdefault(department_id, []).append(name)
    tree = hashing.current(cycle.plan) if cycle.plan else None
    given: dict[int, list[Approval]] = {}
    rest, asked = "WHERE t.cycle_id = %s AND t.plan_id = %s ORDER BY t.id", [cycle.pk, cycle.plan_id]
    for approval in rows_of(Approval, rest, asked, joined=("person",)):
        given.setdefault(approval.department_id, []).append(approval)
    return [
        _signature(department, tuple(heads.get(department.pk, ())), given.get(department.pk, []), tree)
        for department in rows_of(Department, "WHERE t.signs ORDER BY t.name")
    ]


def signed_hash(tree: HashTree, part: str) -> str:
    """What an approval is bound to: the whole plan, or one part of it."""
    return hashing.part_hash(tree, PlanPart(part)) if part else tree.content_hash


def _signature(
    department: Department, heads: tuple[str, ...], given: list[Approval], tree: HashTree | None
) -> Signature:
    """The newest word on each part counts; a rejection or a void takes back all before it."""
    said: dict[PlanPart, Approval] = {}
    for approval in given:
        if approval.verdict != Verdict.APPROVED:
            said = {}
            continue
        said |= {part: approval for part in ([PlanPart(approval.part)] if approval.part else PlanPart)}
    holding = {
        part: approval
        for part, approval in said.items()
        if tree and approval.content_hash == signed_hash(tree, approval.part)
    }
    state, note, word = _state(given, said, holding, nobody=not heads)
    return Signature(department, heads, state, note, word, holding)


def _state(
    given: list[Approval], said: dict[PlanPart, Approval], holding: dict[PlanPart, Approval], *, nobody: bool
) -> tuple[str, str, Approval | None]:
    if not given:
        return WAITING, "nobody heads it; name a head in Settings" if nobody else "", None
    last = given[-1]
    if last.verdict != Verdict.APPROVED:
        return (REJECTED if last.verdict == Verdict.REJECTED else VOIDED), last.reason, last
    changed = [approval for part, approval in said.items() if part not in holding]
    if changed:
        return VOIDED, f"signed {changed[-1].content_hash[:8]}, changed since", changed[-1]
    if {PlanPart.DEMAND, PlanPart.SUPPLY} <= holding.keys():
        return APPROVED, "self-approval: nobody else could sign" if last.self_approval else "", last
    signed = ", ".join(part.label.lower() for part in PlanPart if part in holding)
    return PARTLY, f"signed {signed} only", last


def departments_of(person: Person) -> list[Department]:
    """Departments that a person heads and that sign."""
    return sorted(
        {
            grant.department
            for grant in roles_of(person)
            if grant.role == Role.DEPARTMENT_HEAD and grant.department and grant.department.signs
        },
        key=lambda department: department.name,
    )


def editors(*, since: datetime) -> set[int]:
    """People who changed numbers of the plan since then, as the database wrote it down."""
    events = AuditEvent.objects.filter(table__in=EDITED_TABLES, at__gte=since)
    people = events.values_list("person_id", flat=True).distinct()
    return {person for person in people if person is not None}


def can_sign() -> set[int]:
    """Everybody who could approve for some department today."""
    roles = [role for role, granted in GRANTS.items() if Permission.APPROVE in granted]
    today = timezone.localdate()
    return set(
        RoleGrant.objects.filter(
            Q(expires__isnull=True) | Q(expires__gt=today),
            role__in=roles,
            person__is_active=True,
            department__signs=True,
        ).values_list("person_id", flat=True)
    )


def signed_alone(cycle: Cycle, given: list[Signature]) -> set[int]:
    """Editors whose numbers nobody else signed, though somebody else could have."""
    approvals = [approval for signature in given for approval in signature.parts.values()]
    signers = {approval.person_id for approval in approvals}
    owned = {approval.person_id for approval in approvals if approval.self_approval}
    return {editor for editor in editors(since=cycle.opened) if signers == {editor} and editor not in owned}


def inventory_approved(given: list[Signature]) -> bool:
    """Whether some department's word covers the inventory targets as they are (S19)."""
    return any(PlanPart.INVENTORY in signature.parts for signature in given)
