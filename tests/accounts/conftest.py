"""Fixtures of the floor ``accounts``."""

from tests.fixtures import agent, agent_client, assure, assure_client, clock, pieces_root, stored_files

__all__ = ["agent", "agent_client", "assure", "assure_client", "clock", "pieces_root", "stored_files"]
