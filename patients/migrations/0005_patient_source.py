"""Where a patient's history was published: said on the page of a published case, empty for everybody else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_event_origin")]

    operations = [
        migrations.AddField(
            model_name="patient", name="source", field=models.TextField(blank=True, default="", db_default="")
        )
    ]
