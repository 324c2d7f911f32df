from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supply', '0010_scenario_lines_written_fast'),
    ]

    operations = [
        migrations.AddField(
            model_name='planline',
            name='expired',
            field=models.FloatField(default=0, help_text='Of them, those whose life is over already; they are not on hand.'),
        ),
    ]
