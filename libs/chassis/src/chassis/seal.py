"""Short-lived signed claims: who is asking, between our services; which size, in a link of ours."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_LEEWAY = 50
"""Seconds that two clocks of ours may differ."""


class SealBroken(Exception):
    """This was not signed by us, for this purpose, or not lately."""


class Sealer:
    """Signs claims with the first of its secrets and believes those signed with any of them.

    Source:
        HMAC-SHA256 (RFC 2104) over the purpose and the payload, so that a claim made for one
        purpose is worth nothing for another.
    """

    def __init__(self, secrets: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._clock = clock

    def seal(self, claims: Mapping[str, Any], *, purpose: str, lifetime: int) -> str:
        """A token of ``claims``, good for ``lifetime`` seconds from now."""
        dated = {**claims, "iat": int(self._clock()), "ttl": lifetime}
        payload = _to_text(json.dumps(dated, separators=(",", ":"), sort_keys=True).encode())
        return f"{payload}.{_signature(self._secrets[0], purpose, payload)}"

    def mark(self, text: str, *, purpose: str) -> str:
        """16 letters that stand for ``text``, and cannot be made or undone without the secret."""
        return _signature(self._secrets[0], f"{purpose} mark", text)[:16]

    def open(self, token: str, *, purpose: str) -> dict[str, Any]:
        """The claims in ``token``.

        Raises:
            SealBroken: If it is not ours, not for ``purpose``, too old, or from the future.
        """
        payload, _, signature = token.partition(".")
        known = [_signature(secret, purpose, payload) for secret in self._secrets]
        # As text, not as the bytes it stands for: several texts can stand for the same bytes.
        if not any(hmac.compare_digest(signature.encode(), each.encode()) for each in known):
            raise SealBroken("the signature is not ours")
        try:
            claims: dict[str, Any] = json.loads(_to_bytes(payload))
        except (ValueError, binascii.Error) as error:
            raise SealBroken("this is no token") from error
        age = self._clock() - claims.pop("iat")
        if not -_LEEWAY <= age <= claims.pop("ttl") + _LEEWAY:
            raise SealBroken("the token has expired")
        return claims


def _signature(secret: bytes, purpose: str, payload: str) -> str:
    return _to_text(hmac.digest(secret, f"{purpose}\n{payload}".encode(), hashlib.sha256))


def _to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _to_bytes(text: str) -> bytes:
    return base64.b64decode(
        text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True
    )
