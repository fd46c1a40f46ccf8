"""What ``tests/chaos.py`` is made of: servers to start and to kill, people, accidents, promises."""
