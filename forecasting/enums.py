from django.db.models import TextChoices


class MarkKind(TextChoices):
    STOCKOUT = "stockout", "Out of stock"
    OUTLIER = "outlier", "Outlier"
    EVENT = "event", "Known event"
    UNSHIPPED = "unshipped", "Asked, not shipped"


class EventKind(TextChoices):
    PROMOTION = "promotion", "Promotion"
    LAUNCH = "launch", "Launch"
    PRICE = "price", "Price change"
    DISRUPTION = "disruption", "Disruption"


class OverrideMode(TextChoices):
    SET = "set", "Set to"
    ADD = "add", "Add"
    MULTIPLY = "multiply", "Multiply by"
    LOCK = "lock", "Locked at"
    RELEASE = "release", "Back to statistical"


class EditKind(TextChoices):
    EDIT = "edit", "Edit"
    UNDO = "undo", "Undo"
    REDO = "redo", "Redo"
    IMPORT = "import", "From a spreadsheet"
