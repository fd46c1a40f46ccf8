"""A form body written byte by byte, so that a file may bear any name at all."""

BOUNDARY = b"----a-boundary-no-file-holds-9f2c"


def multipart(data: bytes, *, filename: bytes, claimed: str, **fields: str) -> tuple[bytes, str]:
    """The body and its content type: the plain fields, then the file."""
    parts = [
        b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (name.encode(), value.encode())
        for name, value in fields.items()
    ]
    kind = b"Content-Type: %s\r\n" % claimed.encode() if claimed else b""
    head = b'Content-Disposition: form-data; name="file"; filename="%s"\r\n%s\r\n' % (filename, kind)
    parts.append(head + data)
    body = b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts)
    return body + b"--" + BOUNDARY + b"--\r\n", f"multipart/form-data; boundary={BOUNDARY.decode()}"
