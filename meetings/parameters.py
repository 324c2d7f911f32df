"""The parameters that the cycle reads, with their meaning, for the Settings page."""

from siop.catalog.parameter_book import CHOICE, EMAIL, NUMBER, TEXT, WHOLE, Entry

from .enums import StageKind
from .selectors import gates, kpis, topics, working_days
from .services import templates
from .services.cycles import CADENCES


def entries() -> list[Entry]:
    return [*_cycle(), *_stages(), *_limits()]


def _cycle() -> list[Entry]:
    return [
        Entry(name="cadence", label="Cadence", help="How often a cycle opens by itself.", group="Cycle", kind=CHOICE,
              choices=[(name, name.capitalize()) for name in CADENCES], default="monthly"),
        Entry(name="company_calendar", label="Working days from", help="Calendar whose closures are no working days.",
              group="Cycle", kind=TEXT, default=working_days.COMPANY),
        Entry(name="budget_gap_limit_pct", label="Gap to budget that needs words", help="Above it, the meeting talks about the gap.",
              group="Cycle", kind=NUMBER, unit="%", default=f"{100 * gates.GAP_LIMIT:g}", most=100),
        Entry(name="agenda_exceptions", label="Losses on the agenda", help="How many of the greatest the meeting decides.",
              group="Cycle", kind=WHOLE, default=str(topics.TOP), most=20),
    ]  # fmt: skip


def _stages() -> list[Entry]:
    found = []
    for kind, days in templates.WORKING_DAYS.items():
        optional = " 0 leaves it out." if kind in templates.OPTIONAL else ""
        found.append(
            Entry(name=f"stage_days_{kind}", label=f"{kind.label}: length", help=f"Working days in the next cycle.{optional}",
                  group="Cycle", kind=WHOLE, unit="days", default=str(days), most=60)
        )  # fmt: skip
    for kind in templates.WORKING_DAYS:
        role, department = templates.OWNERS[StageKind(kind)]
        default = f"the {department or role.label.lower()}" + (" head" if department else "")
        found.append(
            Entry(name=f"stage_owner_{kind}", label=f"{kind.label}: owner", help="Email of the person in the next cycle.",
                  group="Cycle", kind=EMAIL, default=default)
        )  # fmt: skip
    return found


def _limits() -> list[Entry]:
    """Target and amber limit of each key figure, in the unit it is stored in."""
    found = []
    for kpi in kpis.KPIS:
        for which, meaning, default in (
            ("target", "Met from here on.", kpi.target),
            ("amber", "Near until here, missed beyond.", kpi.amber),
        ):
            found.append(
                Entry(name=f"kpi_{kpi.name}_{which}", label=f"{kpi.label}: {which}", help=f"{meaning} {_unit(kpi)}",
                      group="Key figures", kind=NUMBER, default="" if default is None else f"{default:g}", most=10**12)
            )  # fmt: skip
    return found


def _unit(kpi: kpis.Kpi) -> str:
    return {"percent": "As a fraction: 0.95 is 95 %.", "money": "In money.", "days": "In days."}.get(
        kpi.unit, ""
    )
