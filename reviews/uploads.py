"""Uploads stay in memory, within a hard bound: Django's own handlers would put them on disk in the clear."""

from io import BytesIO
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from project.problems import TooLarge

INGEST_PATH: Final = "/api/v1/clips/"
ELSEWHERE_BYTES: Final = 256 * 1024  # no other address takes a file of any size worth mentioning
_ENVELOPE_BYTES: Final = 256 * 1024  # the multipart framing and the fields beside the audio


class UploadTooLarge(TooLarge, RequestDataTooBig):
    """413 for the API; Django itself, which reads forms in its CSRF check, answers 400 by the second base."""

    code = "too-large"


class BoundedMemoryUpload(FileUploadHandler):
    """Refuses by the announced length first, and while reading, for whoever announced less than they send."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        self._most = settings.MAX_AUDIO_BYTES if self._is_ingest() else ELSEWHERE_BYTES
        if content_length > self._most + _ENVELOPE_BYTES:
            raise _refusal(self._most)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._held, self._size = BytesIO(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > self._most:
            raise _refusal(self._most)
        self._held.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._held.seek(0)
        return InMemoryUploadedFile(
            file=self._held,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def _is_ingest(self) -> bool:
        return self.request is not None and self.request.path == INGEST_PATH


def _refusal(most: int) -> UploadTooLarge:
    return UploadTooLarge(f"A file may have {most // 1024} KiB here.", most_bytes=most)
