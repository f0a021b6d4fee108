"""Which facts and rules the attempts of a watch were made on: new ones start the count again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_walls")]

    operations = [
        migrations.AddField("watchstate", "attempted_revision", models.IntegerField(default=-1)),
        migrations.AddField("watchstate", "attempted_ruleset", models.CharField(blank=True, default="", max_length=64)),
    ]
