"""A demand plan of a few flat series, and a planner who types into it."""

from decimal import Decimal
from uuid import uuid4

from factories import company, plan_version


def make_plan(families=("Bottles", "Capsules"), *, items=3, statistical=100.0, **fields):
    """A plan whose series all have the same flat forecast, with a history that differs."""
    from forecasting.models import ConsensusLine
    from forecasting.selectors import demand_cube

    demand_cube.forget_all()
    made = company(families, items=items)
    plan = plan_version(**fields)
    run = add_forecast(plan, made, statistical=statistical)
    for line in run.lines.all():
        ConsensusLine.objects.create(plan=plan, series=line.series, run=run, quantity=line.statistical)
    return plan, made


def add_forecast(plan, made, *, statistical=100.0):
    """A run of flat forecasts: `statistical` of the first series, twice that of the second, and so on."""
    from forecasting.models import ForecastLine, ForecastRun

    run = ForecastRun.objects.create(
        data_version=1, as_of=plan.as_of, origin=plan.origin, history_periods=12, horizon=12
    )
    for number, series in enumerate(made.series):
        values = [statistical * (number + 1)] * 12
        ForecastLine.objects.create(
            run=run, series=series, history=[50.0] * 12, statistical=values, low_80=[v * 0.8 for v in values],
            high_80=[v * 1.2 for v in values], low_95=values, high_95=values, level=values, trend=[0.0] * 12,
            season=[0.0] * 12, drivers=[0.0] * 12, events=[0.0] * 12, method="flat",
        )  # fmt: skip
    return run


class Desk:
    """A planner at the grid: types by row id, undoes by batch."""

    def __init__(self, plan, person, **query):
        from siop.web.grid import GridQuery

        self.plan, self.person, self.query = plan, person, GridQuery(**query)

    def shown(self):
        from forecasting.selectors.demand_cube import cube_of
        from forecasting.selectors.demand_plan import Shown

        return Shown(cube_of(self.plan), self.query, self.person)

    def type(self, row_id, cells, *, version=None, base=None, follow=True, **options):
        from forecasting.services import overrides
        from forecasting.services.override_changes import Typed

        shown = self.shown()
        row = shown.named(row_id)
        now = int(shown.cube.version[row.leaves].sum())
        values = {column: None if v is None else Decimal(str(v)) for column, v in cells.items()}
        typed = Typed(row, now if version is None else version, values, base or {})
        options.setdefault("key", uuid4())
        write = overrides.save if follow else overrides.record
        return write(plan=self.plan, cube=shown.cube, person=self.person, typed=[typed], **options)

    def undo(self, batch):
        from forecasting.services import overrides

        return overrides.undo(plan=self.plan, person=self.person, key=uuid4(), batch_id=batch)

    def values(self, column=0):
        from forecasting.models import ConsensusLine

        lines = ConsensusLine.objects.filter(plan=self.plan).order_by("series_id")
        return [line.quantity[column] for line in lines]


def row_of(kind, thing):
    return f"{kind}{thing.pk}"
