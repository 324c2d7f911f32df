from django.db import migrations

import siop.base


class Migration(migrations.Migration):

    dependencies = [
        ('supply', '0016_runs_in_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='planexception',
            name='cost_of_all',
            field=siop.base.MoneyField(
                decimal_places=4,
                help_text='What it would cost to act on all of it, where not all fits.',
                max_digits=18,
                null=True,
            ),
        ),
    ]
