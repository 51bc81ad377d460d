"""Edits to the text of a search: each filter chip on a page is a link to another query.

Only search understands a query. Here it is a row of clauses, so that a chip can put one in, take
one out, or replace the one with the same field, and leave everything else as the visitor wrote it.
"""

from collections.abc import Iterator


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a query as they were written; brackets and quotes hold together.

    Example:
        >>> clauses('fog "night city" (a OR b) color:#0b3d91')
        ('fog', '"night city"', '(a OR b)', 'color:#0b3d91')
    """
    return tuple(_clauses(text))


def value_of(text: str, field: str) -> str | None:
    """What the query asks of ``field``, if it does.

    Example:
        >>> value_of("fog ratio:phone", "ratio")
        'phone'
    """
    start = f"{field}:"
    found = [clause for clause in clauses(text) if clause.lower().startswith(start)]
    return found[-1][len(start) :] if found else None


def asking(text: str, field: str, value: str) -> str:
    """The query that asks ``value`` of ``field``, whatever it asked of it before.

    Example:
        >>> asking("ratio:phone fog", "ratio", "ultrawide")
        'fog ratio:ultrawide'
    """
    return f"{without(text, field)} {field}:{value}".strip()


def without(text: str, field: str) -> str:
    """The query that asks nothing of ``field``.

    Example:
        >>> without("fog ratio:phone", "ratio")
        'fog'
    """
    start = f"{field}:"
    return " ".join(clause for clause in clauses(text) if not clause.lower().startswith(start))


def loosened(text: str) -> tuple[tuple[str, str], ...]:
    """Each clause, and the query without it; nothing when there is only one, or a choice.

    Example:
        >>> loosened("fog ratio:phone")
        (('fog', 'ratio:phone'), ('ratio:phone', 'fog'))
    """
    each = clauses(text)
    if len(each) < 2 or not {"OR", "|"}.isdisjoint(each):
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
