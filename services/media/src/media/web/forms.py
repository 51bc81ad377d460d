"""Reading what a caller sends: a form with a file, a patch, a few parameters."""

import os
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from media.domain.container import MOST_BYTES, TooLarge
from media.domain.description import InvalidField
from media.ingest import Upload

_OBJECT_BYTES = 65_536
_FIELDS_BYTES = 524_288  # Werkzeug also counts what it has read ahead of the file, 64 KiB at a time
_FORM_BYTES = MOST_BYTES + 1_048_576  # the file, the fields, and what holds them apart
_MOST_PARTS = 32


class InvalidParameter(Exception):
    """A parameter of the address says something that makes no sense."""

    def __init__(self, parameter: str, reason: str) -> None:
        super().__init__(f"'{parameter}' {reason}.")
        self.parameter = parameter


def read_upload(*, uploader: str) -> Upload:
    """The upload in the current request, its file on disk unless it is small.

    Raises:
        TooLarge: If the request is longer than any file that we take.
        InvalidField: If there is not exactly one file, or a field is given twice.
    """
    request.max_content_length = _FORM_BYTES
    request.max_form_memory_size = _FIELDS_BYTES
    request.max_form_parts = _MOST_PARTS
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send a form, multipart/form-data, with the picture as 'file'.")
    try:
        form, files = request.form, request.files
    except RequestEntityTooLarge as error:
        if (request.content_length or 0) <= _FORM_BYTES:
            raise  # not the file, but the fields
        raise TooLarge(f"At most {MOST_BYTES:,} bytes are taken.") from error
    file = _only_file(files.to_dict(flat=False))
    for name, values in form.lists():
        if len(values) > 1:
            raise InvalidField(name[:100], "is given more than once")
    return Upload(
        file=file.stream,
        file_name=file.filename or "",
        media_type=file.content_type,
        # A form in a browser sends the fields that nobody filled in, too.
        fields={name: value for name, value in form.items() if value.strip()},
        uploader=uploader,
        key=request.headers.get("Idempotency-Key"),
        near=accepts("near"),
    )


def read_object() -> dict[str, Any]:
    """The JSON object in the current request."""
    request.max_content_length = _OBJECT_BYTES
    try:
        found = request.get_json()
    except RecursionError as error:
        raise BadRequest("The body is nested too deeply.") from error
    if not isinstance(found, dict):
        raise BadRequest("The body must be a JSON object.")
    return found


def accepts(parameter: str) -> bool:
    """Whether the current request's address says ``accept`` for ``parameter``.

    Raises:
        InvalidParameter: If it says anything else.
    """
    if (said := request.args.get(parameter)) not in {None, "accept"}:
        raise InvalidParameter(parameter, "can only be 'accept'")
    return said is not None


def whole_number(parameter: str, *, default: int, least: int, most: int) -> int:
    """A parameter of the current request's address.

    Raises:
        InvalidParameter: If it is not a whole number within these bounds.
    """
    text = request.args.get(parameter, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise InvalidParameter(parameter, f"must be a whole number from {least} to {most}")
    return int(text)


def _only_file(files: dict[str, list[FileStorage]]) -> FileStorage:
    for name in files:
        if name != "file":
            raise InvalidField(name[:100], "is not where a file is expected; send it as 'file'")
    match files.get("file", []):
        case [file] if file.filename or file.stream.seek(0, os.SEEK_END):
            return file
        case [] | [_]:  # a form in a browser sends an empty one when nobody chose a file
            raise InvalidField("file", "is missing")
        case _:
            raise InvalidField("file", "is given more than once; send one wallpaper at a time")
