"""What components that an assembly needs together must each promise, so that all of them are there as often as promised."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from inventory.engine.arrays import Array, BoolArray, IntArray
from inventory.engine.codes import SERVICE_POLICIES
from inventory.engine.targets import TargetInputs, protection_variances

# No component promises more: beyond, the tail is that of the curve and of nothing that was seen.
_MOST = 1 - 1e-5
_MOST_SDS = float(special.ndtri(_MOST))
# Share of its variance that a component shares with no other: parts that err as one are a limit.
_LEAST_OWN = 0.1
_SHARED = np.linspace(-4.0, 4.0, 17)  # the error that all components share, in sds
_CHANCES = np.exp(-(_SHARED**2) / 2) / np.exp(-(_SHARED**2) / 2).sum()
_HALVINGS = 22


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Which assembly needs which component, (E,): positions of item-locations."""

    parent: IntArray
    component: IntArray

    def where(self, chosen: BoolArray | IntArray) -> "Lines":
        """Some of the lines."""
        return Lines(parent=self.parent[chosen], component=self.component[chosen])


@dataclass(frozen=True, kw_only=True)
class Together:
    """What components (N,) promise for the assembly that asks most of them: their `service`, 0 where none does.

    `count`: components that this assembly needs together; `target`: how often all of them are to be there.
    """

    service: Array
    count: Array
    target: Array


def promised_together(
    inputs: TargetInputs, lines: Lines, *, target: Array, unit_holding_cost: Array, open_: BoolArray
) -> TargetInputs:
    """`inputs` (N,) in which no component that is `open_` promises less than what its assemblies need.

    target: (N,) service of the assemblies, 0 for none. unit_holding_cost: (N,) money a unit and year.
    """
    if not open_[lines.component].any():
        return inputs
    shared, own = protection_variances(inputs)
    found = service_together(
        lines,
        target=target,
        sd_value=unit_holding_cost * np.sqrt(shared + own),
        own_share=np.divide(own, shared + own, out=np.zeros_like(own), where=own > 0),
    )
    usual = np.asarray(inputs.service_target)
    raised = open_ & np.isin(inputs.policy, SERVICE_POLICIES) & (found.service > usual)
    return replace(
        inputs,
        service_target=np.where(raised, found.service, usual),
        together_count=np.where(raised, found.count, 0.0),
        together_target=np.where(raised, found.target, 0.0),
    )


def service_together(lines: Lines, *, target: Array, sd_value: Array, own_share: Array) -> Together:
    """The cheapest services with which all components of each assembly are there at its `target` (N,), 0 for none.

    sd_value: (N,) money a year of holding one sd of a component's error; one without is always there.
    own_share: (N,) of its variance that it does not share with the others of the assembly, as that of its lead time.
    Least sum of sd_value * z: where service is high, z^2 / 2 = theta - ln(sd_value) with one theta an assembly, found
    by halving until the chance of all together is the target. Without own shares it is their product (ADR 0206).

    >>> two = Lines(parent=np.array([0, 0]), component=np.array([1, 2]))
    >>> one = np.ones(3)
    >>> service_together(two, target=0.81 * one, sd_value=one, own_share=one).service.round(3).tolist()
    [0.0, 0.9, 0.9]
    """
    needed = Together(
        service=np.zeros(len(target)), count=np.zeros(len(target)), target=np.zeros(len(target))
    )
    lines = _of_several(lines.where((sd_value[lines.component] > 0) & (target[lines.parent] > 0)))
    if not len(lines.parent):
        return needed
    assembly, first, group = np.unique(lines.parent, return_index=True, return_inverse=True)
    cost = np.log(sd_value[lines.component])
    own = np.clip(own_share[lines.component], _LEAST_OWN, 1.0)
    low = np.minimum.reduceat(cost, first)
    high = np.maximum.reduceat(cost, first) + _MOST_SDS**2 / 2
    for _ in range(_HALVINGS):
        theta = (low + high) / 2
        short = _all_there(_factors(theta[group], cost), own, first) < target[assembly]
        low, high = np.where(short, theta, low), np.where(short, high, theta)
    service = np.ceil(special.ndtr(_factors(high[group], cost)) / (1 - _MOST) - 1e-6) * (1 - _MOST)
    # Of several assemblies the one that asks most is written last.
    least_first = np.argsort(service, kind="stable")
    component = lines.component[least_first]
    needed.service[component] = np.minimum(service, _MOST)[least_first]
    needed.count[component] = np.bincount(group)[group][least_first]
    needed.target[component] = target[lines.parent][least_first]
    return needed


def _of_several(lines: Lines) -> Lines:
    """Lines of assemblies of two components and more, those of one assembly beside each other."""
    lines = lines.where(np.argsort(lines.parent, kind="stable"))
    return lines.where(np.bincount(lines.parent)[lines.parent] > 1) if len(lines.parent) else lines


def _factors(theta: Array, cost: Array) -> Array:
    """Safety factor z (E,) of each component."""
    return np.sqrt(np.clip(2 * (theta - cost), 0.0, _MOST_SDS**2))


def _all_there(z: Array, own: Array, first: IntArray) -> Array:
    """Chance (G,) that all components of each assembly are there: independent, once what they share is known."""
    shared, rest = np.sqrt(1 - own), np.sqrt(own)
    chance = np.zeros(len(first))
    for error, weight in zip(_SHARED, _CHANCES, strict=True):
        chance += weight * np.exp(np.add.reduceat(special.log_ndtr((z - shared * error) / rest), first))
    return chance
