"""Which requests have their route kept: pages, and not so many of the others."""

from dataclasses import dataclass, field

from chassis.spans import Spans
from gateway.domain.allowance import Allowance

_NOT_PAGES = ("/api/", "/i/")
_NEVER = ("/static/", "/livez", "/readyz", "/sw.js", "/favicon.ico", "/manifest.webmanifest")


@dataclass(frozen=True, slots=True)
class Keeping:
    """Says whether the steps of a request are kept, and where.

    So many a second are kept and no more: whoever sends a flood fills neither Redis nor a core with
    it, and takes no page's route from its visitor by asking for something else.

    Attributes:
        spans: Where; ``None`` if none are.
        pages: How many pages have theirs kept.
        others: How many answers of the API and pictures.
    """

    spans: Spans | None = None
    pages: Allowance = field(default_factory=lambda: Allowance(a_second=10, at_once=40))
    others: Allowance = field(default_factory=lambda: Allowance(a_second=5, at_once=40))

    def keeps(self, path: str) -> bool:
        """Whether the steps of a request for ``path`` are kept."""
        if self.spans is None or path.startswith(_NEVER):
            return False
        return (self.others if path.startswith(_NOT_PAGES) else self.pages).take()
