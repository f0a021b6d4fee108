"""The first row of an event's chain of corrections. The guards of 0002 hold for the new column too: it is set when the row is."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_walls")]

    operations = [
        migrations.AddField(model_name="event", name="origin", field=models.BigIntegerField(blank=True, null=True)),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=Q(("origin", None), ("origin__lt", F("id")), _connector="OR"), name="event_origin"
            ),
        ),
    ]
