"""What sweeps share (section 10)."""

import pytest

from vitale_portal.sweeps import each


def test_row_that_fails_steps_aside_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert each([0, 1, 2], lambda row: bool(1 / row)) == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"]
