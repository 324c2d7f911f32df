"""Consensus demand of a plan: the statistical forecast with the overrides on top."""

from forecasting.models import ConsensusLine, ForecastRun
from siop import bulk
from siop.plans.models import PlanVersion

from .overrides import replay


def rebuild(*, plan: PlanVersion, run: ForecastRun) -> int:
    """Derive the plan's consensus anew from a forecast run; returns its number of lines."""
    bulk.execute("DELETE FROM forecasting_consensusline WHERE plan_id = %s", [plan.pk])
    bulk.execute(
        "INSERT INTO forecasting_consensusline (version, plan_id, series_id, run_id, quantity, overridden, touched) "
        "SELECT 1, %s, series_id, run_id, statistical, '{}', pg_current_xact_id()::text::bigint "
        "FROM forecasting_forecastline WHERE run_id = %s",
        [plan.pk, run.pk],
    )
    replay(plan=plan)
    return ConsensusLine.objects.filter(plan=plan).count()


def copy_lines(*, source: PlanVersion, target: PlanVersion) -> None:
    """Start a plan with the consensus of another one."""
    bulk.execute(
        "INSERT INTO forecasting_consensusline (version, plan_id, series_id, run_id, quantity, overridden, touched) "
        "SELECT 1, %s, series_id, run_id, quantity, overridden, pg_current_xact_id()::text::bigint "
        "FROM forecasting_consensusline WHERE plan_id = %s",
        [target.pk, source.pk],
    )
