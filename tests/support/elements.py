"""A page's elements, for tests that read it as a browser would."""

from html.parser import HTMLParser


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text inside each kind of element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.setdefault(self._open[-1], []).append(data)

    def links(self) -> list[str]:
        """Where the page's links lead, in order."""
        return [found["href"] or "" for tag, found in self.found if tag == "a" and "href" in found]

    def all(self, tag: str, **having: str) -> list[dict[str, str | None]]:
        """The attributes of each ``tag`` that has the attributes ``having``."""
        return [
            found
            for name, found in self.found
            if name == tag and all(found.get(key) == value for key, value in having.items())
        ]
