"""Rows told by one mail name the one that carries them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_attempted")]

    operations = [
        migrations.AddField(
            "notification",
            "carried_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="carries",
                to="alerts.notification",
            ),
        ),
    ]
