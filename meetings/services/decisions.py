"""Decisions with their options, reasons and dissent, bound to the plan they were made on; and what came of them."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from siop.accounts.access import require
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans import hashing
from siop.plans.selectors import current_live_plan

from ..enums import StageKind
from ..errors import CycleError, StaleContent
from ..models import AgendaItem, Cycle, Decision, DecisionEffect, Minute
from ..selectors import cycles, kpis
from .cycles import go_back
from .telling import tell

OUTCOME_AFTER = timedelta(days=90)


@transaction.atomic
def decide(
    *,
    person: Person,
    cycle: Cycle,
    question: str,
    options: list[dict[str, Any]],
    chosen: int | None,
    text: str = "",
    dissent: str = "",
    dissenter: str = "",
    agenda_item: AgendaItem | None = None,
    review_date: date | None = None,
    effects: list[dict[str, Any]] | None = None,
    version: int | None = None,
) -> Decision:
    """Record what was decided, on which plan, by whom and against whose objection.

    `effects`: {"kpi", "node", "month", "expected" or "change"} of what it is to move; the baseline is measured now, the
    outcome by the same selector on the review date, ninety days on unless another is given (S46). `version` is that of
    the agenda item which was looked at; raises StaleContent where it has been decided since. An option that `reopens`
    a stage takes the cycle back to it, where it stands later.
    """
    require(person, Permission.DECIDE)
    if agenda_item is not None:
        _refuse_decided(agenda_item, version)
    if options and (chosen is None or not 0 <= chosen < len(options)):
        raise CycleError("Choose one of the options; what was not chosen is kept beside it.")
    if not options and not text.strip():
        raise CycleError("Say what was decided.")
    if dissent.strip() and not dissenter.strip():
        raise CycleError("Name who dissents: an objection is kept with its name.")
    if options:
        _reopen(cycle, options[chosen or 0], person=person, reason=question)
    plan = cycles.shown_plan(cycle)
    decision = Decision.objects.create(
        cycle=cycle,
        agenda_item=agenda_item,
        plan=plan,
        content_hash=hashing.current(plan).content_hash if plan else "",
        question=question[:300],
        options=options,
        chosen=chosen,
        text=text.strip(),
        dissent=dissent.strip(),
        dissenter=dissenter.strip(),
        approver=person,
        review_date=review_date or cycles.today() + OUTCOME_AFTER,
    )
    for effect in effects or []:
        _expect(decision, effect)
    _minute(decision, person)
    if agenda_item is not None:
        AgendaItem.objects.filter(pk=agenda_item.pk).update(done=True, version=F("version") + 1)
    return decision


def _reopen(cycle: Cycle, option: dict[str, Any], *, person: Person, reason: str) -> None:
    stage = cycle.stages.filter(kind=option.get("reopens", "")).first()
    if stage is not None and stage.position < cycles.current_stage(cycle).position:
        go_back(cycle, kind=StageKind(stage.kind), person=person, reason=f"{option['title']}. {reason}")


def _refuse_decided(item: AgendaItem, version: int | None) -> None:
    """One item holds one decision of a moment: two people, or two tabs, do not record two."""
    now = AgendaItem.objects.select_for_update().get(pk=item.pk)
    if version is not None and now.version != version:
        last = now.decisions.last()
        by = f"{last.approver} has decided it" if last else "somebody else has changed it"
        raise StaleContent(f"Nothing was recorded: {by} since you opened the item.")


def _expect(decision: Decision, effect: dict[str, Any]) -> DecisionEffect:
    name = effect["kpi"]
    if name not in kpis.BY_NAME:
        raise CycleError(f"{name!r} is no key figure; choose one of {', '.join(kpis.BY_NAME)}.")
    baseline = None
    if decision.plan is not None:
        at = kpis.moment(
            decision.plan, month=effect.get("month"), node=kpis.node_from(effect.get("node", {}))
        )
        baseline = kpis.measure(name, at)
    expected = effect.get("expected")
    if expected is None and baseline is not None and "change" in effect:
        expected = baseline + effect["change"]
    return DecisionEffect.objects.create(
        decision=decision,
        kpi=name,
        node=effect.get("node", {}),
        month=effect.get("month"),
        baseline=baseline,
        expected=expected,
    )


def _minute(decision: Decision, person: Person) -> None:
    dissent = f"; {decision.dissenter} dissents" if decision.dissent else ""
    text = f"{person} decides on “{decision.question}”: {decision.said}{dissent}."
    Minute.objects.create(cycle=decision.cycle, person=person, text=text)


def measure_outcomes(*, today: date | None = None) -> int:
    """Fill in what came of decisions whose review date has come; returns how many effects were measured."""
    day, plan = today or cycles.today(), current_live_plan()
    if plan is None:
        return 0
    waiting = DecisionEffect.objects.filter(
        measured__isnull=True, decision__review_date__lte=day
    ).select_related("decision__approver")
    measured = 0
    for effect in waiting:
        at = kpis.moment(plan, month=effect.month, node=kpis.node_from(effect.node))
        with transaction.atomic():
            effect.outcome, effect.measured = kpis.measure(effect.kpi, at), timezone.now()
            effect.save(update_fields=["outcome", "measured"])
        measured += 1
        if effect.decision.approver is not None:
            tell(
                [effect.decision.approver],
                key=f"outcome:{effect.pk}",
                text=f"The outcome of “{effect.decision.question}” is in.",
                url=f"/meeting/decisions/{effect.decision_id}/",
            )
    return measured
