"""What PostgreSQL must know to ask the walls cheaply: a person is in few teams, and few patients are open to guests or caregivers.

It takes a table that was never analyzed for one of ten pages, and nobody analyzes an empty one: it would then think each row's wall
dearer than to read every patient.
"""

from django.db import migrations

FEW = """
ALTER FUNCTION app_teams() ROWS 3;
ANALYZE patients_membership, patients_teamaccess, patients_caregiverlink;
"""
MANY = "ALTER FUNCTION app_teams() ROWS 1000;"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_teams_only")]

    operations = [migrations.RunSQL(FEW, MANY)]
