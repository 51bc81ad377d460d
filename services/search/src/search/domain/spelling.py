"""Slips of the finger, of which one in a word is forgiven."""

LEAST_LETTERS = 5
"""Shorter words are too near to too many others."""


def one_edit_apart(one: str, other: str) -> bool:
    """Whether a letter more, less or other, or two swapped, makes ``one`` into ``other``.

    Source:
        F. Damerau, "A technique for computer detection and correction of spelling errors" (1964).

    Example:
        >>> [one_edit_apart("forest", each) for each in ("forset", "fores", "florest", "forrst")]
        [True, True, True, True]
        >>> one_edit_apart("forest", "forest") or one_edit_apart("forest", "frst")
        False
    """
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    begin = 0
    while begin < min(len(one), len(other)) and one[begin] == other[begin]:
        begin += 1
    rest, remains = one[begin:], other[begin:]
    return (
        rest[1:] == remains[1:]
        or rest[1:] == remains
        or rest == remains[1:]
        or (rest[1::-1] == remains[:2] and rest[2:] == remains[2:])
    )
