import django.db.models.deletion
from django.db import migrations, models

import siop.base


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0002_inline_arrays")]

    operations = [
        migrations.AddField("accuracyline", "inside_80", models.BooleanField(help_text="Whether the 80 % interval held what came.", null=True)),
        migrations.AddField("accuracyline", "inside_95", models.BooleanField(null=True)),
        migrations.AddField("accuracyline", "override", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="accuracy_lines", to="forecasting.override")),
        migrations.AddField("accuracyline", "planner", models.FloatField(default=0), preserve_default=False),
        migrations.AddField("accuracyline", "reconciled", models.FloatField(default=0), preserve_default=False),
        migrations.AddField("consensusline", "reviewed", siop.base.SeriesField(base_field=models.FloatField(), default=list, help_text="Empty before.", size=None)),
        migrations.AddField("forecastline", "causes", models.JSONField(default=list, help_text="What makes up drivers and events, one entry a cause (forecasting.causes).")),
        migrations.CreateModel(
            name="DriverObservation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("ratio", models.FloatField(help_text="Value of the driver over its value a year before.")),
                ("baseline", models.FloatField(help_text="Forecast without the driver, one period ahead.")),
                ("actual", models.FloatField()),
                ("elasticity", models.FloatField(help_text="The one that explains the actual.")),
                ("sd", models.FloatField()),
                ("effect", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="observations", to="forecasting.drivereffect")),
            ],
            options={"ordering": ["month"]},
        ),
        migrations.CreateModel(
            name="LearnedEffect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("driver", siop.base.CodeField(max_length=120)),
                ("elasticity", models.FloatField()),
                ("sd", models.FloatField()),
                ("kept", models.BooleanField(help_text="It lowered the error of the newest quarter of history.")),
                ("periods", models.PositiveSmallIntegerField()),
                ("item", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="learned_effects", to="catalog.item")),
            ],
        ),
        migrations.AddIndex("accuracyline", models.Index(fields=["lag", "month"], name="accuracy_line_lag")),
        migrations.AddConstraint("driverobservation", models.UniqueConstraint(fields=("effect", "month"), name="driver_observation_once")),
        migrations.AddConstraint("learnedeffect", models.UniqueConstraint(fields=("driver", "item"), name="learned_effect_once")),
    ]
