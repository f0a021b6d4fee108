"""The web answers alerts and never raises one: what only the watch writes, only the worker may write."""

from django.db import migrations

REVOKE = """
REVOKE INSERT ON alerts_alert FROM iph_web;
REVOKE INSERT, UPDATE, DELETE ON alerts_rulefailure, alerts_heartbeat FROM iph_web;
"""
GRANT = """
GRANT INSERT ON alerts_alert TO iph_web;
GRANT INSERT, UPDATE, DELETE ON alerts_rulefailure, alerts_heartbeat TO iph_web;
"""


class Migration(migrations.Migration):
    dependencies = [("alerts", "0004_carried_by")]

    operations = [migrations.RunSQL(REVOKE, GRANT)]
