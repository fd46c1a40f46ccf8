"""Tests of the floor ``carte``."""
