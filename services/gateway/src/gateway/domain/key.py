"""Keys that people send to write: how one looks, and what we keep of it."""

import hashlib
import secrets


def fresh_key() -> str:
    """A key that nobody has: ``pr_``, 8 characters to tell it by, and 256 random bits."""
    return f"pr_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def fresh_token() -> str:
    """A session's token that no browser has: 256 random bits."""
    return secrets.token_urlsafe(32)


def key_hash(key: str) -> str:
    """What is kept of ``key``: its SHA-256, in hex.

    A slow hash would protect a guessable secret; 256 random bits need none.

    Source:
        OWASP ASVS 5.0, 6.5.2.

    Example:
        >>> key_hash("pr_0")[:8]
        '40544528'
    """
    return hashlib.sha256(key.encode()).hexdigest()


def is_sendable(key: str) -> bool:
    """Whether ``key`` can stand in an ``Authorization`` header: visible ASCII, no space.

    Example:
        >>> is_sendable("pr_1a2b"), is_sendable("two words"), is_sendable("")
        (True, False, False)
    """
    return bool(key) and all("!" <= character <= "~" for character in key)
