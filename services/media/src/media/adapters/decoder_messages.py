"""What the service and its decoders say to each other: a little JSON, and bytes."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_LONGEST_BODY = 128 * 1024**2
_LONGEST_FACTS = 65_536
_LENGTHS = struct.Struct(">II")


class Garbled(Exception):
    """What arrived is not a message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        facts: What JSON can say.
        body: A file, or pixels.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    body: bytes | bytearray = b""

    def head(self) -> bytes:
        """All that goes before the body."""
        facts = json.dumps(self.facts).encode()
        return _LENGTHS.pack(len(facts), len(self.body)) + facts


def read_message(read: Callable[[int], bytes | bytearray]) -> Message:
    """The next message, by a ``read`` that returns exactly as many bytes as it is asked for.

    Raises:
        Garbled: If it is none, or longer than any.
    """
    facts_length, body_length = _LENGTHS.unpack(read(_LENGTHS.size))
    if facts_length > _LONGEST_FACTS or body_length > _LONGEST_BODY:
        raise Garbled("the message is too long")
    try:
        facts = json.loads(read(facts_length))
    except (ValueError, RecursionError) as error:
        raise Garbled("the message makes no sense") from error
    if not isinstance(facts, dict):
        raise Garbled("the message says nothing")
    return Message(facts, read(body_length))
