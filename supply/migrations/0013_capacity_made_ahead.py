import siop.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supply', '0012_risk_without_detail'),
    ]

    operations = [
        migrations.AddField(
            model_name='capacityload',
            name='made_ahead',
            field=siop.base.SeriesField(base_field=models.FloatField(), default=list, help_text='Units used by the end of each period for what is received later.', size=None),
        ),
    ]
