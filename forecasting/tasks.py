"""Steps of the chain that this room does: history, forecast, consensus, and the backtest behind them."""

from datetime import date

from forecasting.models import ForecastRun
from forecasting.services import accuracy, backtests, consensus, forecasts, history, outside, owners
from siop.catalog import calendar
from siop.jobs import services as jobs
from siop.jobs.models import Chunk, Job
from siop.jobs.registry import Payload, job_kind
from siop.plans import services as plans
from siop.plans.enums import PlanKind, PlanStatus
from siop.plans.models import PlanVersion


def open_plan(job: Job) -> list[Payload]:
    """Open the live plan that the chain fills; nothing to do while nothing tells where to plan from."""
    first_sale, latest = history.sales_days()
    as_of = date.fromisoformat(job.parameters["as_of"]) if job.parameters.get("as_of") else None
    if as_of is None and history.latest_known_demand() is None:
        job.message = "Nothing to plan yet: import sales or demand."
        return []
    job.plan = plans.create_live_plan(data_version=job.version, first_sale=first_sale, as_of=as_of)
    periods = calendar.load()
    until = max(latest or job.plan.as_of, job.plan.as_of)
    length = max(periods.between(job.plan.origin, until) + 1, job.plan.history_periods)
    return [{"items": list(items), "periods": length} for items in history.item_ranges()]


def close_history(job: Job) -> None:
    if job.plan:
        history.add_series_without_sales()


@job_kind("history", label="Sales history", split=open_plan, finish=close_history)
def history_chunk(chunk: Chunk) -> None:
    plan = _plan(chunk.job)
    first, last = chunk.payload["items"]
    history.store_history(
        items=(first, last),
        calendar=calendar.load(),
        origin=plan.origin,
        periods=chunk.payload["periods"],
        data_version=chunk.job.version,
    )


def open_forecast(job: Job) -> list[Payload]:
    if not job.plan and job.parameters.get("only"):
        job.plan = plans.derive_from_current(data_version=job.version)
    if not job.plan:
        return []
    run, ranges = forecasts.start_run(plan=job.plan)
    plans.note_inputs(plan=job.plan, forecast_run=run.pk)
    return [{"run": run.pk, "series": list(ids)} for ids in ranges]


def close_forecast(job: Job) -> None:
    if job.plan:
        run = _run(job.plan)
        outside.apply(plan=job.plan, run=run)
        if owners.apply_installed_bases(plan=job.plan, run=run):
            outside.apply(plan=job.plan, run=run)  # what was given for a consumable still counts


@job_kind(
    "forecast", label="Statistical forecast", after="history", split=open_forecast, finish=close_forecast
)
def forecast_chunk(chunk: Chunk) -> None:
    run = ForecastRun.objects.get(pk=chunk.payload["run"])
    first, last = chunk.payload["series"]
    forecasts.forecast_range(plan=_plan(chunk.job), run=run, first=first, last=last)


def only_with_plan(job: Job) -> list[Payload]:
    return [{}] if job.plan else []


@job_kind("consensus", label="Consensus demand", after="forecast", split=only_with_plan)
def consensus_chunk(chunk: Chunk) -> None:
    plan = _plan(chunk.job)
    run = _run(plan)
    consensus.rebuild(plan=plan, run=run)
    if owners.apply_installed_bases(plan=plan, run=run):
        outside.apply(plan=plan, run=run)
        consensus.rebuild(plan=plan, run=run)


def open_backtest(job: Job) -> list[Payload]:
    """Behind the finished plan: first what closed periods say about earlier plans, then the backtest."""
    if not job.plan or "forecast_run" not in job.plan.inputs:
        return []
    run = _run(job.plan)
    if job.plan.kind == PlanKind.LIVE:
        accuracy.record(plan=job.plan)
        forecasts.forget_old_runs(newest=run)
    return [{"run": run.pk, "series": list(ids)} for ids in backtests.ranges(run=run)]


def close_backtest(job: Job) -> None:
    """Forecasts that knew of no backtest are computed once more with it, while their plan is the current one."""
    if not job.plan or "forecast_run" not in job.plan.inputs or _run(job.plan).backtested:
        return
    if backtests.finish(run=_run(job.plan)) and job.plan.status == PlanStatus.CURRENT:
        plan = plans.derive_live_plan(source=job.plan, data_version=job.version)
        jobs.request(kind="forecast", version=job.version, plan_id=plan.pk, parameters=job.parameters)


@job_kind(
    "backtest",
    label="Backtest",
    after="exceptions",
    split=open_backtest,
    finish=close_backtest,
    background=True,
)
def backtest_chunk(chunk: Chunk) -> None:
    run = ForecastRun.objects.get(pk=chunk.payload["run"])
    first, last = chunk.payload["series"]
    backtests.backtest_range(plan=_plan(chunk.job), run=run, first=first, last=last)


def _plan(job: Job) -> PlanVersion:
    """The plan that a chunk fills; a missing one was overtaken and removed, which the ledger retries and tells."""
    if job.plan is None:
        raise PlanVersion.DoesNotExist(f"The plan of job {job.pk} is gone: newer data overtook it.")
    return job.plan


def _run(plan: PlanVersion) -> ForecastRun:
    return ForecastRun.objects.get(pk=plan.inputs["forecast_run"])
