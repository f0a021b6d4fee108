"""The only signal: something new is known of these patients. Sent after commit; whoever misses it finds the due row anyway."""

from django.dispatch import Signal

recorded = Signal()
"""Sent with `patient_ids`, a tuple of UUID."""
