from django.db.models import TextChoices


class StageKind(TextChoices):
    GATHER = "gather", "Gather"
    DEMAND_REVIEW = "demand_review", "Demand review"
    SUPPLY_REVIEW = "supply_review", "Supply review"
    RECONCILIATION = "reconciliation", "Reconciliation"
    EXECUTIVE_MEETING = "executive_meeting", "Executive meeting"
    IMPLEMENTATION = "implementation", "Implementation"
    CLOSED = "closed", "Closed"


class Verdict(TextChoices):
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    VOIDED = "voided", "Voided"  # written when a stage is reopened or the plan refreshed


class ActionKind(TextChoices):
    CORRECTIVE = "corrective", "Corrective"
    SYSTEMIC = "systemic", "Systemic"


class ActionStatus(TextChoices):
    OPEN = "open", "To do"
    DOING = "doing", "Doing"
    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"


class Colour(TextChoices):
    GREEN = "green", "Met"
    AMBER = "amber", "Near"
    RED = "red", "Missed"
    NONE = "none", "No data"
