from django.db import migrations

TABLES = ["forecasting_forecastline", "forecasting_saleshistory", "forecasting_consensusline"]


class Migration(migrations.Migration):
    """Rows of arrays stay in their page: float arrays hardly compress, and trying costs more than writing them."""

    dependencies = [("forecasting", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} SET (toast_tuple_target = 8160)", f"ALTER TABLE {table} RESET (toast_tuple_target)"
        )
        for table in TABLES
    ]
