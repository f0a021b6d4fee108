"""How people log in: by address and password; accounts are made by the team, never by signing up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """Closes sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: a team's coordinator or an administrator makes accounts."""
        return False
