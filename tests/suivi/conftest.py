"""Fixtures of the floor ``suivi``."""

from tests.fixtures import agent, agent_client, assure, assure_client, pieces_root, stored_files
from tests.suivi.listing import home

__all__ = ["agent", "agent_client", "assure", "assure_client", "home", "pieces_root", "stored_files"]
