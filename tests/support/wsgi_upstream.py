"""Another Flask application as a service, in this process: the twin of the real upstream."""

from collections.abc import Iterator

from flask import Flask
from werkzeug.test import Client, EnvironBuilder

from gateway.ports import Onward, Reply

_CHUNK = 64 * 1024


class WsgiUpstream:
    """Sends requests to ``app`` without a network between."""

    def __init__(self, app: Flask) -> None:
        self._client = Client(app)

    def send(self, onward: Onward) -> Reply:
        builder = EnvironBuilder(
            path=onward.path,
            query_string=onward.query,
            method=onward.method,
            headers=list(onward.headers),
            input_stream=onward.body,
        )
        response = self._client.open(builder, follow_redirects=False)
        headers = tuple(response.headers.items())
        return Reply(response.status_code, headers, _chunks(response.get_data()))


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]
