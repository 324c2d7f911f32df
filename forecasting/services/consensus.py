"""Consensus demand of a plan: the statistical forecast with the overrides on top."""

from forecasting.models import ConsensusLine, ForecastRun, InstalledBase, Override
from siop import bulk
from siop.plans import services as plan_services
from siop.plans.models import PlanVersion

from . import owners
from .overrides import replay


def rebuild(*, plan: PlanVersion, run: ForecastRun) -> int:
    """Derive the plan's consensus anew from a forecast run; returns its number of lines.

    Remembers from which transaction on overrides may have been missed, for `catch_up`.
    """
    seen = bulk.lists_out("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")[0][0]
    plan_services.note_inputs(plan=plan, overrides_seen=seen)
    bulk.execute("DELETE FROM forecasting_consensusline WHERE plan_id = %s", [plan.pk])
    bulk.execute(
        "INSERT INTO forecasting_consensusline (version, plan_id, series_id, run_id, quantity, overridden, reviewed, touched) "
        "SELECT 1, %s, series_id, run_id, statistical, '{}', '{}', pg_current_xact_id()::text::bigint "
        "FROM forecasting_forecastline WHERE run_id = %s",
        [plan.pk, run.pk],
    )
    replay(plan=plan)
    return ConsensusLine.objects.filter(plan=plan).count()


def catch_up(*, plan: PlanVersion) -> list[int]:
    """Derive once more where overrides were written since; returns the ids of the items whose demand moved."""
    seen = plan.inputs.get("overrides_seen")
    if seen is None or not Override.objects.filter(touched__gte=seen).exists():
        return []
    bulk.execute(
        "CREATE TEMP TABLE consensus_before ON COMMIT DROP AS "
        "SELECT series_id, quantity FROM forecasting_consensusline WHERE plan_id = %s",
        [plan.pk],
    )
    rebuild(plan=plan, run=ForecastRun.objects.get(pk=plan.inputs["forecast_run"]))
    owners.follow_in(plan, InstalledBase.objects.all())
    moved = bulk.lists_out(
        "SELECT DISTINCT s.item_id FROM forecasting_consensusline c JOIN forecasting_demandseries s ON s.id = c.series_id "
        "LEFT JOIN consensus_before b ON b.series_id = c.series_id "
        "WHERE c.plan_id = %s AND c.quantity IS DISTINCT FROM b.quantity",
        [plan.pk],
    )[0]
    bulk.execute("DROP TABLE consensus_before")
    return moved


def keep_reviewed(*, plan: PlanVersion) -> int:
    """Remember what planners made of the demand of a plan, before others change it; returns its lines."""
    return bulk.execute(
        "UPDATE forecasting_consensusline SET reviewed = quantity WHERE plan_id = %s", [plan.pk]
    )


def copy_lines(*, source: PlanVersion, target: PlanVersion) -> None:
    """Start a plan with the consensus of another one."""
    bulk.execute(
        "INSERT INTO forecasting_consensusline (version, plan_id, series_id, run_id, quantity, overridden, reviewed, touched) "
        "SELECT 1, %s, series_id, run_id, quantity, overridden, reviewed, pg_current_xact_id()::text::bigint "
        "FROM forecasting_consensusline WHERE plan_id = %s",
        [target.pk, source.pk],
    )
