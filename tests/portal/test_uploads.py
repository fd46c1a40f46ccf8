"""Uploads on their way: whatever their name, whole or cut, they reach the form and leave no file."""

import pytest
from django.core.files.uploadhandler import StopUpload
from django.http import HttpRequest
from django.test import RequestFactory

from carte.pieces import clean_label

NAMES = {
    "plain": ("moi.jpg", "moi.jpg"),
    "300 letters": ("x" * 300 + ".jpg", "x" * 120),
    "extension of 300 letters": ("a." + "x" * 300, "." + "x" * 119),
    "extension of 300 accents": ("a." + "é" * 300, "." + "é" * 119),
    "path": ("../../etc/passwd", "passwd"),
    "path of Windows": ("C:\\photos\\moi.jpg", "moi.jpg"),
    "NUL": ("a\0b.j\0pg", "ab.jpg"),
    "line ends": ("a\\\r\\\nb.jpg", "b.jpg"),
    "right-to-left mark": ("moi\u202egpj.exe", "moigpj.exe"),
    "entities": ("a&#x2f;b&#10;.jpg", "b.jpg"),
}


def sent(name: str, content: bytes = b"abc") -> HttpRequest:
    head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + b"\r\n--B--\r\n"
    return RequestFactory().post("/", body, content_type="multipart/form-data; boundary=B")


@pytest.mark.parametrize(("name", "label"), NAMES.values(), ids=NAMES)
def test_upload_arrives_whatever_its_name(name: str, label: str) -> None:
    """P4: a name is a label, no more."""
    request = sent(name)
    upload = request.FILES["file"]
    assert (upload.read(), upload.size, clean_label(upload.name)) == (b"abc", 3, label)
    request.close()
    assert upload.closed


def test_upload_of_several_chunks_is_whole() -> None:
    content = bytes(range(256)) * 1024
    request = sent("moi.jpg", content)
    assert request.FILES["file"].read() == content
    request.close()


def test_upload_cut_half_way_leaves_nothing() -> None:
    request = sent("moi.jpg", bytes(200_000))
    handler = request.upload_handlers[0]

    def cut(_data: bytes, _start: int) -> None:
        raise StopUpload(connection_reset=True)

    handler.receive_data_chunk = cut
    assert list(request.FILES) == []
    handler.upload_interrupted()
    assert handler.file.closed
    request.close()
