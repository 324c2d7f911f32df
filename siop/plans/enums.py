from django.db.models import TextChoices


class PlanKind(TextChoices):
    LIVE = "live", "Live plan"
    CYCLE = "cycle", "Cycle plan"
    SCENARIO = "scenario", "Scenario"


class PlanStatus(TextChoices):
    COMPUTING = "computing", "Computing"
    CURRENT = "current", "Current"  # the live plan of the newest data version, or a scenario at work
    DRAFT = "draft", "Draft"  # a cycle plan that is being reviewed
    PUBLISHED = "published", "Published"
    SUPERSEDED = "superseded", "Superseded"
    ABANDONED = "abandoned", "Overtaken"  # a live plan that newer data overtook before it was whole


UNFINISHED = (PlanStatus.COMPUTING, PlanStatus.ABANDONED)
"""Versions that hold only a part of a plan: nobody may see them."""


class PlanPart(TextChoices):
    DEMAND = "demand", "Consensus demand"
    INVENTORY = "inventory", "Inventory targets"
    SUPPLY = "supply", "Supply plan"
