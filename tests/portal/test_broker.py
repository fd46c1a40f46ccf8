"""The broker of the embedded default: a message is there whole or not at all."""

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.transport.virtual import Channel

from vitale_portal.broker import Transport


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    folders = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path)}
    options = folders | {"control_folder": str(tmp_path / "control")}
    return Connection(transport=Transport, transport_options=options).channel()


def get(channel: Channel) -> Any:
    """What a worker would take now; None when there is nothing."""
    try:
        return channel._get("celery")  # noqa: SLF001 -- what kombu calls
    except Empty:
        return None


def put(channel: Channel, payload: Any) -> None:
    channel._put("celery", payload)  # noqa: SLF001 -- what kombu calls


class Peeked(dict[str, str]):
    """A message that looks, while it is being written, at what a worker would take."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(body="x")
        self.channel = channel
        self.seen: list[Any] = []

    def items(self) -> Any:
        self.seen.append(get(self.channel))
        return super().items()


def test_message_is_not_taken_while_it_is_written(channel: Channel) -> None:
    message = Peeked(channel)
    put(channel, message)
    assert message.seen == [None]
    assert get(channel) == {"body": "x"}


def test_messages_come_in_the_order_they_were_put(channel: Channel) -> None:
    for number in range(20):
        put(channel, {"number": number})
    assert [get(channel)["number"] for _ in range(20)] == list(range(20))


def test_what_a_killed_writer_left_is_not_taken(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "1.celery.msg.part").write_text("{")
    assert get(channel) is None
