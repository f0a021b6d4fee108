"""Log-in for programs: `Authorization: Token …`. Only a token's SHA-256 is stored."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from patients.models import AccessToken, User

KEYWORD = "Token"


def user_of(header: str, *, at: datetime | None = None) -> User | None:
    """Return whose token an Authorization header carries; None where it carries none that holds."""
    found = token_of(header, at=at)
    return found.user if found else None


def token_of(header: str, *, at: datetime | None = None) -> AccessToken | None:
    """Return the token of an Authorization header; None where it is malformed, unknown, expired, or its owner inactive."""
    keyword, _, token = header.strip().partition(" ")
    token = token.strip()
    if keyword.lower() != KEYWORD.lower() or not token or not token.isascii():
        return None
    now = at or timezone.now()
    held = AccessToken.objects.select_related("user").filter(
        Q(expires_at=None) | Q(expires_at__gt=now), digest=AccessToken.digest_of(token), user__is_active=True
    )
    return held.first()


class TokenAuthentication(BaseAuthentication):
    """What the API asks first; a session is asked next, where no such header is sent."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """Return owner and token, None where no header is sent; a header that is wrong is an error, never a guest."""
        header = request.headers.get("Authorization")
        if header is None:
            return None
        token = token_of(header)
        if token is None:
            raise AuthenticationFailed("This token is not valid. It may have expired.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 says about how to log in."""
        return KEYWORD
