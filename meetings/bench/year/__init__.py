"""`bench year`: twelve monthly cycles of a company in a simulated world, beside a buyer by months of cover in the same one.

Each month the company exports its files, imports them, walks the cycle and releases week by week what the plan says;
the world delivers it, late and with scrap, and customers ask for what they ask for.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from siop.embedded import trial

from . import naive, records

Figure = dict[str, Any]
COVERS = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
NEWS = (2, 3, 4, 8, 9)  # months in which something was heard: spend, tariff, the end of an item, the failure


def bench(*, scale: int, data: Path | None, out: Path | None) -> list[Figure]:
    """Lives the year once in a product of its own; `out` keeps what happened month by month."""
    with trial.running("year-bench", names=()) as stack:
        code = f"from {__name__}.cycle import tell; tell()"
        told = json.loads(stack.run("shell", "-v", "0", "-c", code).strip().splitlines()[-1])
    if out is not None:
        out.write_text(json.dumps(told, indent=1))
    return [*_of_service(told["world"]), *_of_plans(told["months"])]


def _of_service(lived: dict[str, Any]) -> list[Figure]:
    buyers = {cover: records.of_world(naive.year(cover)) for cover in COVERS}
    cover, peer = next(
        ((cover, one) for cover, one in buyers.items() if one["bottles"][0] >= lived["bottles"][0]),
        (COVERS[-1], buyers[COVERS[-1]]),
    )
    named = f"{cover:g} months of cover"
    return [
        *(
            _figure(f"fill of {name}, % (days on which one was short)", _fill(lived[name]), peer=f"{_fill(peer[name])}, {named}")
            for name in ("bottles", "capsules")
        ),
        _figure("never-run-out items short, days", lived["capsules"][1], goal="0", met=lived["capsules"][1] == 0),
        _figure(
            "mean stock at cost", f"{lived['stock']:,.0f}", goal="below the peer's", met=lived["stock"] < peer["stock"],
            peer=f"{peer['stock']:,.0f}, {named}, for as much fill of bottles",
        ),
        _figure("left of the item that ended, units", f"{lived['left']:,.0f}", peer=f"{peer['left']:,.0f}"),
    ]  # fmt: skip


def _fill(service: list[Any]) -> str:
    return f"{100 * service[0]:.1f} ({service[1]})"


def _of_plans(months: list[dict[str, Any]]) -> list[Figure]:
    lost = [one for month in months for one in month["differences"]]
    quiet = [m["changed"] for m in months if m["changed"] is not None and m["number"] not in NEWS]
    news = [m["changed"] for m in months if m["changed"] is not None and m["number"] in NEWS]
    shares = [one for month in months for one in month["seconds"].values()]
    return [
        _figure("stock and open orders of plans that differ from the world's", len(lost), goal="0", met=not lost),
        _figure("moved in months 2 to 4 without news, %", f"{100 * median(quiet):.0f}", peer=f"{100 * median(news):.0f} with"),
        _figure("seconds a month, all work", f"{sum(shares) / len(months):.0f}"),
        _figure("database after the year, MB", f"{months[-1]['megabytes']:.0f}", peer=f"{months[0]['megabytes']:.0f} after a month"),
    ]  # fmt: skip


def _figure(name: str, value: object, *, goal: str = "", met: bool | None = None, peer: str = "") -> Figure:
    return {"name": name, "value": str(value), "goal": goal, "met": met, "peer": peer}
