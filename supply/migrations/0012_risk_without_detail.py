from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('supply', '0011_stock_past_its_life'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='supplierrisk',
            name='detail',
        ),
    ]
