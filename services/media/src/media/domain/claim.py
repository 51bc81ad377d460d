"""One upload, however often it is sent: what an ``Idempotency-Key`` promises."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from media.domain.description import InvalidField

LEASE = timedelta(minutes=2)
"""How long an upload may run before its key may be taken over."""

KEPT = timedelta(hours=24)
"""How long a key is answered the same."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class KeyReused(Exception):
    """The key was sent before, with another upload."""


class KeyInUse(Exception):
    """The upload with this key is still running."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one upload.

    Attributes:
        account: Whose key it is; the same key of two accounts is two keys.
        key: As the uploader chose it.
        fingerprint: Equal for equal uploads.
        token: Of this attempt alone, so that one that stalled cannot finish for another.
    """

    account: str
    key: str
    fingerprint: str
    token: str


def make_claim(account: str, key: str, *, sha256: str, fields: Mapping[str, str]) -> Claim:
    """A claim on ``key`` for these bytes, described like this.

    Raises:
        InvalidField: If the key is not 1 to 255 visible ASCII characters.
    """
    if not _KEY.fullmatch(key):
        raise InvalidField("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    body = json.dumps([sha256, sorted(fields.items())]).encode()
    return Claim(account, key, hashlib.sha256(body).hexdigest(), secrets.token_hex(8))
