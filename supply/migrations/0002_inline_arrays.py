from django.db import migrations


class Migration(migrations.Migration):
    """Rows of arrays stay in their page: float arrays hardly compress, and trying costs more than writing them."""

    dependencies = [("supply", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE supply_planline SET (toast_tuple_target = 8160)",
            "ALTER TABLE supply_planline RESET (toast_tuple_target)",
        )
    ]
