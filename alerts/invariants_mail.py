"""What must hold of who can be told, as SQL: see alerts.invariants."""

from typing import Final

from alerts.invariant import Invariant
from patients.access import MATRIX

MAY_ACT: Final = ", ".join(f"'{role.value}'" for role in sorted(MATRIX[("alert", "acknowledge")]))
UNREACHED: Final = f"""
SELECT t.id FROM patients_careteam t
WHERE EXISTS (SELECT 1 FROM patients_patient p WHERE p.team_id = t.id AND p.active)
  AND NOT EXISTS (
    SELECT 1 FROM patients_membership m JOIN patients_user u ON u.id = m.user_id
    WHERE m.team_id = t.id AND m.role IN ({MAY_ACT}) AND m.starts_at <= %(at)s AND (m.ends_at IS NULL OR m.ends_at > %(at)s)
      AND u.is_active AND u.email <> '' AND u.mail_refused_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM patients_absence a WHERE a.user_id = u.id AND a.starts_at <= %(at)s AND a.ends_at > %(at)s))
ORDER BY t.id
"""  # noqa: S608 - made of the roles of the matrix
"""Teams that follow somebody and in which nobody who may act on an alert would read a mail: left, away, or mail comes back."""
MAIL: Final = (
    Invariant(
        "D21",
        UNREACHED,
        "teams follow patients, and nobody in them who may act on alerts can be reached by mail",
        "give each a nurse or a physician who is not away, and see that their address takes mail",
    ),
)
