from django.db import migrations
from django.db.models import F


def steps_of_old_lines(apps, schema_editor):
    """Lines from before drivers and review were told apart: one step said what the next did."""
    apps.get_model("forecasting", "AccuracyLine").objects.update(reconciled=F("statistical"), planner=F("consensus"))


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0003_steps_and_causes")]
    operations = [migrations.RunPython(steps_of_old_lines, migrations.RunPython.noop)]
