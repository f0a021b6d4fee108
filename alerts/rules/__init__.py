"""Every rule, in reading order."""

import hashlib
from collections.abc import Iterable
from typing import Final

from alerts.rules import hemoglobin_acute, hemoglobin_fall, hemoglobin_severe, hemoptysis
from alerts.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (hemoglobin_fall.RULE, hemoglobin_acute.RULE, hemoglobin_severe.RULE, hemoptysis.RULE)


def version_of(rules: Iterable[Rule]) -> str:
    """Return what names a set of rules with their versions: another rule, version or order is another text. Short: a key."""
    named = "+".join(f"{rule.name}.{rule.version}" for rule in rules)
    return f"{named.count('+') + 1} rules {hashlib.sha256(named.encode()).hexdigest()[:16]}"


RULESET_VERSION: Final = version_of(RULES)
