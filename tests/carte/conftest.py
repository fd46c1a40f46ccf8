"""Fixtures of the floor ``carte``."""

from tests.fixtures import agent, agent_client, assure, assure_client, pieces_root, stored_files

__all__ = ["agent", "agent_client", "assure", "assure_client", "pieces_root", "stored_files"]
