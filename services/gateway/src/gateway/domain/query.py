"""Edits to the text of a search: each filter chip on a page is a link to another query.

Only search understands a query. Here it is a row of clauses, so that a chip can put one in, take
one out, or replace the one with the same field, and leave everything else as the visitor wrote it.
"""

from collections.abc import Iterator
from functools import lru_cache
from types import MappingProxyType

_SPELLINGS = MappingProxyType(
    {
        "category": ("category:", "cat:"),
        "color": ("color:", "colour:"),
        "tag": ("tag:", "#"),
        "user": ("user:", "uploader:", "@"),
    }
)
_EITHER = {"OR", "|"}


@lru_cache(256)  # a page asks it of one query for each of its links
def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a query as they were written; brackets and quotes hold together.

    Example:
        >>> clauses('fog "night city" (a OR b) color:#0b3d91')
        ('fog', '"night city"', '(a OR b)', 'color:#0b3d91')
    """
    return tuple(_clauses(text))


def value_of(text: str, field: str) -> str | None:
    """What the query asks of ``field`` whatever else it asks, if it does.

    Example:
        >>> value_of("fog colour:teal", "color"), value_of("fog OR ratio:phone", "ratio")
        ('teal', None)
    """
    if is_a_choice(text):
        return None
    asked = [value for clause in clauses(text) if (value := _value(clause, field)) is not None]
    return asked[-1] if asked else None


def asking(text: str, field: str, value: str) -> str:
    """The query that asks ``value`` of ``field``, whatever it asked of it before.

    Example:
        >>> asking("ratio:phone fog", "ratio", "ultrawide")
        'fog ratio:ultrawide'
        >>> asking("fog OR mist", "ratio", "phone")
        '(fog OR mist) ratio:phone'
    """
    rest = f"({text})" if is_a_choice(text) else without(text, field)
    return f"{rest} {field}:{value}".strip()


def without(text: str, *fields: str) -> str:
    """The query that asks nothing of ``fields``.

    Example:
        >>> without("fog ratio:phone @noor", "ratio", "user")
        'fog'
    """
    if is_a_choice(text):
        return text
    return " ".join(
        clause for clause in clauses(text) if all(_value(clause, field) is None for field in fields)
    )


def is_a_choice(text: str) -> bool:
    """Whether the query is one of several, so that its clauses do not stand alone.

    Example:
        >>> is_a_choice("fog OR mist"), is_a_choice("(fog OR mist) ratio:phone")
        (True, False)
    """
    return not _EITHER.isdisjoint(clauses(text))


def loosened(text: str) -> tuple[tuple[str, str], ...]:
    """Each clause, and the query without it; nothing when there is only one, or a choice.

    Example:
        >>> loosened("fog ratio:phone")
        (('fog', 'ratio:phone'), ('ratio:phone', 'fog'))
    """
    each = clauses(text)
    if len(each) < 2 or is_a_choice(text):
        return ()
    return tuple(
        (clause, " ".join((*each[:place], *each[place + 1 :]))) for place, clause in enumerate(each)
    )


def quoted(value: str) -> str:
    """``value`` so that it stays one value in a query.

    Example:
        >>> quoted("fog"), quoted("night city")
        ('fog', '"night city"')
    """
    plain = value.replace("-", "").replace("_", "").isalnum()
    return value if plain else f'"{value.replace(chr(34), " ")}"'


def _value(clause: str, field: str) -> str | None:
    """What ``clause`` asks of ``field``, if it asks anything of that."""
    lower = clause.lower()
    for start in _SPELLINGS.get(field, (f"{field}:",)):
        if lower.startswith(start):
            return clause[len(start) :]
    return None


def _clauses(text: str) -> Iterator[str]:
    clause, depth, in_quotes = "", 0, False
    for character in text:
        if character == '"':
            in_quotes = not in_quotes
        elif not in_quotes:
            depth += (character == "(") - (character == ")")
        if character.isspace() and depth <= 0 and not in_quotes:
            if clause:
                yield clause
            clause = ""
        else:
            clause += character
    if clause.strip():
        yield clause.strip()
