"""What each ABC-XYZ class starts with: as the company set it, else the default; a plan keeps what it was computed with."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from inventory.engine import CLASS_POLICIES, ClassPolicy, Policy, policy_codes, policy_name
from inventory.engine.codes import SERVICE_POLICIES
from siop.catalog import parameters
from siop.catalog.models import Parameter
from siop.catalog.parameters import ParameterError
from siop.plans.models import PlanVersion

FIELDS = ("policy", "target", "review_days")


def parameter(klass: str, field: str) -> str:
    """Name of the parameter that holds one of FIELDS of a class: class_ax_target."""
    return f"class_{klass.lower()}_{field}"


def of_company() -> dict[str, ClassPolicy]:
    """As set now, by class; raises ParameterError for what cannot be read."""
    return read(Parameter.objects.filter(name__startswith="class_").values_list("name", "value"))


def read(values: Iterable[tuple[str, str]]) -> dict[str, ClassPolicy]:
    """What parameters say of each class; what they leave out is as the default."""
    set_ = dict(values)
    return {klass: _of_class(klass, set_) for klass in CLASS_POLICIES}


def of_plan(plan: PlanVersion) -> dict[str, ClassPolicy]:
    """What the targets of a plan were computed with, each with its days between reviews."""
    kept = plan.inputs.get("class_policies") or stored(CLASS_POLICIES)
    usual = float(plan.parameters.get("review_days", 0))
    return {
        klass: ClassPolicy(Policy(int(policy_codes([name])[0])), target, usual if days is None else days)
        for klass, (name, target, days) in kept.items()
    }


def stored(policies: Mapping[str, ClassPolicy]) -> dict[str, list[Any]]:
    """As JSON keeps them: [policy, target, days between reviews or nothing]."""
    return {
        klass: [policy_name(start.policy), start.target, _days_or_none(start.review_days)]
        for klass, start in policies.items()
    }


def takes_fraction(policy: Policy) -> bool:
    """Whether the target of a policy is a fraction; else it is a quantity or days."""
    return policy in SERVICE_POLICIES


def refusal(policy: Policy, target: float | None) -> str:
    """Why a target does not fit its policy, as a sentence; empty where it does."""
    if target is None:
        words = (
            "a fraction such as 0.95" if takes_fraction(policy) else "days" if _by_days(policy) else "units"
        )
        return f"This policy needs a target of its own: enter {words}."
    if takes_fraction(policy) and not 0 < target < 1:
        return "This policy takes a fraction above 0 and below 1, such as 0.98."
    return "" if target >= 0 else "Enter 0 or more."


def _by_days(policy: Policy) -> bool:
    return policy == Policy.DAYS_OF_SUPPLY


def policy_of(klass: str, name: str) -> Policy:
    """The policy of a name, the default of the class for none; ValueError for an unknown one."""
    return Policy(int(policy_codes([name])[0])) if name else CLASS_POLICIES[klass].policy


def usual_target(klass: str, policy: Policy) -> float | None:
    """The default target of the class, where a policy reads it in the same way."""
    start = CLASS_POLICIES[klass]
    return start.target if takes_fraction(policy) == takes_fraction(start.policy) else None


def _of_class(klass: str, values: Mapping[str, str]) -> ClassPolicy:
    name = values.get(parameter(klass, "policy"), "").strip().lower()
    try:
        policy = policy_of(klass, name)
    except ValueError:
        raise ParameterError(
            f"Parameter {parameter(klass, 'policy')} is {name!r}; enter one of {', '.join(map(policy_name, Policy))}."
        ) from None
    typed = _number(values, parameter(klass, "target"))
    target = usual_target(klass, policy) if typed is None else typed
    wrong = refusal(policy, target)
    if target is None or wrong:
        raise ParameterError(f"Parameter {parameter(klass, 'target')}: {wrong}")
    days = _number(values, parameter(klass, "review_days"))
    return ClassPolicy(policy, target, np.nan if days is None else days)


def _number(values: Mapping[str, str], name: str) -> float | None:
    return parameters.as_number(name, values[name]) if values.get(name) else None


def _days_or_none(days: float) -> float | None:
    return None if np.isnan(days) else days
