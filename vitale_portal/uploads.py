"""Uploads on their way to a form: in a file without a name, that is gone as soon as it is closed."""

import tempfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class UnnamedFileUploadHandler(FileUploadHandler):
    """Keep an upload out of memory, and out of every folder.

    Django's own handler names its file after the extension that was sent: 300 letters of it, and the
    person would get a 500.
    """

    file: UploadedFile[Any]

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the file."""
        super().new_file(*args, **kwargs)
        stream = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the request
        self.file = UploadedFile(stream, self.file_name, self.content_type, 0, self.charset)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        """Write what comes; nothing is left for another handler."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """Give the whole file to the form."""
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        """Close what came of an upload that was cut: it is gone."""
        if hasattr(self, "file"):
            self.file.close()
