"""The monthly cycle: stages, reviews, the meeting, what was decided, signed and promised, and how it went."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from siop.accounts.models import Department
from siop.base import CodeField, MoneyField, Versioned
from siop.plans.enums import PlanPart
from siop.plans.models import PlanVersion

from .enums import ActionKind, ActionStatus, Colour, StageKind, Verdict


class Cycle(Versioned):
    period = models.DateField(unique=True, help_text="First day of the first planned period.")
    name = models.CharField(max_length=60)
    stage = models.CharField(max_length=20, choices=StageKind.choices, default=StageKind.GATHER)
    plan = models.OneToOneField(
        PlanVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="cycle"
    )
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    attendees = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", help_text="Present at the executive meeting."
    )
    opened = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-period"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage"],
                condition=Q(closed__isnull=True) & ~Q(stage=StageKind.IMPLEMENTATION),
                name="one_open_cycle_a_stage",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Stage(models.Model):
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="stages")
    kind = models.CharField(max_length=20, choices=StageKind.choices)
    position = models.PositiveSmallIntegerField()
    start = models.DateField()
    due = models.DateField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)
    forced_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["cycle", "kind"], name="stage_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


class Review(models.Model):
    """A family looked at and agreed to, bound to what it was: another digest voids it."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="reviews")
    family = CodeField()
    part = models.CharField(max_length=10, choices=PlanPart.choices, default=PlanPart.DEMAND)
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.family} in {self.cycle}, {self.get_part_display().lower()}"


class Approval(models.Model):
    """A department's word on a plan as it was: bound to the content hash, never changed, voided by another hash."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="approvals")
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="approvals")
    part = models.CharField(
        max_length=10, choices=PlanPart.choices, blank=True, help_text="Blank: the whole plan."
    )
    department = models.ForeignKey(Department, on_delete=models.PROTECT)
    content_hash = models.CharField(max_length=64)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.TextField(blank=True)  # of an approval: the reservation with which it was given
    self_approval = models.BooleanField(
        default=False, help_text="The only one who could sign had also edited."
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.department}: {self.plan} {self.get_verdict_display().lower()}"


class AgendaItem(Versioned):
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    key = CodeField(help_text="Same topic, same key: rebuilding the agenda keeps what was written.")
    title = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    minutes = models.PositiveSmallIntegerField(default=5)
    facts = models.JSONField(
        default=dict, help_text="Chart and options as computed when the agenda was built."
    )
    done = models.BooleanField(default=False)
    dropped = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["cycle", "key"], name="agenda_item_once")]

    def __str__(self) -> str:
        return self.title


class Minute(models.Model):
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="minutes")
    at = models.DateTimeField(auto_now_add=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    text = models.TextField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return self.text[:60]


class Decision(Versioned):
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="decisions")
    agenda_item = models.ForeignKey(
        AgendaItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions"
    )
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True)
    content_hash = models.CharField(max_length=64, blank=True)
    question = models.CharField(max_length=300)
    options = models.JSONField(default=list, help_text="[{title, money, figures}] as they stood.")
    chosen = models.PositiveSmallIntegerField(null=True, blank=True)
    text = models.TextField(blank=True)
    dissent = models.TextField(blank=True)
    dissenter = models.CharField(max_length=120, blank=True)
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    decided = models.DateTimeField(auto_now_add=True)
    review_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["decided"]

    def __str__(self) -> str:
        return self.question

    @property
    def said(self) -> str:
        """What was decided, in one line: the option by number and title, then the words beside it."""
        text = self.text.rstrip(".")
        if not self.options or self.chosen is None:
            return text
        title = self.options[self.chosen]["title"]
        words = text if text.startswith(title) else "; ".join(part for part in (title, text) if part)
        return f"Option {self.chosen + 1}, {words}"


class DecisionEffect(models.Model):
    """What a decision was to move, and what came of it on the review date."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="effects")
    kpi = CodeField()
    node = models.JSONField(default=dict)
    month = models.DateField(null=True, blank=True)
    baseline = models.FloatField(null=True)
    expected = models.FloatField(null=True)
    outcome = models.FloatField(null=True, blank=True)
    measured = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kpi} expected {self.expected}"


class ActionItem(Versioned):
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="actions")
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions"
    )
    agenda_item = models.ForeignKey(
        AgendaItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions"
    )
    code = CodeField(unique=True, help_text="A-1, A-2, ...")
    source_key = CodeField(blank=True, help_text="What raised it by itself, so that it is raised once.")
    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=12, choices=ActionKind.choices, default=ActionKind.CORRECTIVE)
    root_cause = models.CharField(max_length=120, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="actions")
    due = models.DateField()
    status = models.CharField(max_length=10, choices=ActionStatus.choices, default=ActionStatus.OPEN)
    evidence = models.TextField(blank=True)
    effect_value = MoneyField(null=True, blank=True, help_text="Money that the action is to save or earn.")
    carried_over = models.PositiveSmallIntegerField(default=0, help_text="Cycles it was taken along.")
    created = models.DateTimeField(auto_now_add=True)
    closed = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=ActionStatus.DONE) | Q(closed__isnull=False), name="done_action_has_date"
            ),
            models.UniqueConstraint(
                fields=["source_key"],
                condition=~Q(source_key="") & ~Q(status=ActionStatus.DONE),
                name="one_open_action_a_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class KpiValue(models.Model):
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="kpis")
    kpi = CodeField()
    value = models.FloatField(null=True)
    target = models.FloatField(null=True)
    colour = models.CharField(max_length=6, choices=Colour.choices, default=Colour.NONE)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cycle", "kpi"], name="kpi_value_once")]

    def __str__(self) -> str:
        return f"{self.kpi} {self.value}"


class Measure(models.Model):
    """A metric that the company brings along: tickets, picks a day, on time in full by a carrier."""

    measure = CodeField()
    month = models.DateField()
    value = models.FloatField()
    target = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["measure", "month"], name="measure_once")]

    def __str__(self) -> str:
        return f"{self.measure} {self.month}"


class Pack(models.Model):
    """A meeting pack as it was generated: every figure beside the plan version and hash it came from."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="packs")
    plan = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    content_hash = models.CharField(max_length=64)
    body = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"pack {self.pk}"
