"""Invented people and sample files, only where ``VITALE_DEMONSTRATION`` is set."""
