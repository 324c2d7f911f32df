from django.db.models import TextChoices


class LocationKind(TextChoices):
    PLANT = "plant", "Plant"
    WAREHOUSE = "warehouse", "Warehouse"


class ServicePolicy(TextChoices):
    CYCLE_SERVICE = "cycle_service", "Cycle service"
    FILL_RATE = "fill_rate", "Fill rate"
    NEVER_RUN_OUT = "never_run_out", "Never run out"
    FIXED_QUANTITY = "fixed_quantity", "Fixed quantity"
    DAYS_OF_SUPPLY = "days_of_supply", "Days of supply"


class Bucket(TextChoices):
    MONTH = "month", "Month"
    WEEK = "week", "Week"
