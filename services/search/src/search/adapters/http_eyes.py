"""Media looks at pictures for us, over HTTP."""

import json
import time

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from chassis import trace
from chassis.identity import Identities, Identity, Role
from search.domain.colour import Rgb
from search.domain.values import Look
from search.ports import LARGEST_PICTURE, LookUnavailable, PictureRefused, PictureTooLarge

_PATH = "/look"
_ME = Identity("search", Role.SERVICE)
_CONNECT = 0.5
_LARGEST_ANSWER = 256 * 1024
_CHUNK = 64 * 1024


class HttpEyes:
    """``POST /look`` of media, asked in our own name."""

    def __init__(self, url: str, identities: Identities) -> None:
        self._url = url + _PATH
        self._identities = identities
        self._pool = PoolManager(maxsize=4, retries=False)

    def look(self, picture: bytes, media_type: str, *, within: float) -> Look:
        """What media sees in ``picture``."""
        if len(picture) > LARGEST_PICTURE:
            raise PictureTooLarge
        with trace.step("media", "look"):
            status, body = self._posted(picture, media_type, within)
        if status == 413:
            raise PictureTooLarge
        if status in {415, 422}:
            raise PictureRefused(_said(body))
        if status != 200:
            raise LookUnavailable(f"media answered {status}")
        return _look(body)

    def _posted(self, picture: bytes, media_type: str, within: float) -> tuple[int, bytes]:
        deadline = time.monotonic() + within
        headers = {
            "Accept": "application/json",
            "Content-Type": media_type,
            **trace.current_or_new().onward(within=within),
            **self._identities.sign(_ME, "POST", _PATH),
        }
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=picture,
                headers=headers,
                timeout=Timeout(connect=min(_CONNECT, within), read=within),
                redirect=False,
                preload_content=False,
            )
            try:
                return response.status, _read(response, deadline)
            finally:
                response.close()
        except HTTPError as error:
            raise LookUnavailable(f"media did not answer: {error}") from error


def _read(response: BaseHTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > _LARGEST_ANSWER or time.monotonic() > deadline:
            raise LookUnavailable("media's answer has no end")
    return bytes(body)


def _look(body: bytes) -> Look:
    try:
        seen = json.loads(body)
        palette = tuple(
            (Rgb.parse(colour["hex"]).oklab, float(colour["share"])) for colour in seen["palette"]
        )
        return Look("", int(seen["dhash"], 16), int(seen["phash"], 16), palette)
    except (ValueError, TypeError, KeyError) as error:
        raise LookUnavailable(f"media's answer is not a look: {error!r}") from error


def _said(body: bytes) -> str:
    """Media's own words on why it refuses."""
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, TypeError, KeyError):
        return "This is not a picture that we can look at."
