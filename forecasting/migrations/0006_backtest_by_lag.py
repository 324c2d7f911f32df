from django.db import migrations, models

import siop.base

SERIES = {"base_field": models.FloatField(), "default": list, "size": None}


class Migration(migrations.Migration):
    dependencies = [("forecasting", "0005_fewer_indexes_on_overrides")]

    operations = [
        migrations.AddField("forecastline", "cumulative_wape", siop.base.SeriesField(help_text="Backtest error of the demand of 1, 2, ... periods together.", **SERIES)),
        migrations.AddField("forecastline", "lag_wape", siop.base.SeriesField(help_text="Backtest error 1, 2, ... periods ahead; empty before the backtest.", **SERIES)),
        migrations.AddField("forecastline", "naive_lag_wape", siop.base.SeriesField(help_text="The same of seasonal naive.", **SERIES)),
    ]
