"""Languages that a person can ask for, each in its own name. Pure."""

from typing import Final

LANGUAGES: Final = {"en": "English", "de": "Deutsch", "fr": "Français", "ru": "Русский"}
DEFAULT: Final = "en"
"""The one in which everything is there."""
