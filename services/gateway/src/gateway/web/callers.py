"""Who makes the current request: by a key in a header, or by the session of a browser."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Response, request

from chassis.identity import Identity
from gateway.authenticate import KeyUnknown, authenticate
from gateway.domain.session import LONGEST
from gateway.enrol import Enrolment
from gateway.ports import Accounts, AccountsUnavailable
from gateway.sign_in import SessionEnded, recognise, sign_in, sign_out

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(Exception):
    """Another site has a browser of ours do something."""

    def __init__(self) -> None:
        super().__init__("This was sent from another site. Open Paperroute itself and try again.")


class Callers:
    """Tells who asks, for those whom ``accounts`` knows."""

    def __init__(self, accounts: Accounts, enrolment: Enrolment, *, public_url: str) -> None:
        self._accounts = accounts
        self._enrolment = enrolment
        self._host = urlsplit(public_url).netloc
        self._secure = public_url.startswith("https:")

    @property
    def cookie(self) -> str:
        """The name of the cookie that a session is kept in.

        ``__Host-`` has browsers refuse it from anywhere but this host, over anything but https.
        """
        return "__Host-session" if self._secure else "session"

    def who(self) -> Identity | None:
        """Who makes the current request; ``None`` for a visitor. A key goes before a session.

        Raises:
            KeyRequired, KeyUnknown: If a key is not sent as it should be, or nobody's.
            SessionEnded: If the browser's session is over.
            CrossSite: If another site has the browser change something.
            AccountsUnavailable: If it cannot be found out now.
        """
        said = request.headers.get("Authorization")
        if said is None and (token := request.cookies.get(self.cookie)):
            self.require_our_site()
            return recognise(token, self._accounts, now=datetime.now(UTC))
        try:
            return authenticate(said, self._accounts, settled=self._enrolment.settled)
        except KeyUnknown:
            self._enrolment.require()
            raise

    def who_reads(self) -> Identity | None:
        """Who asks for something that visitors may have, too.

        A session that is over, or cannot be looked up now, makes a visitor of its browser, which
        never asked to be signed in for this.
        """
        try:
            return self.who()
        except SessionEnded:
            return None
        except AccountsUnavailable:
            if "Authorization" in request.headers:
                raise
            return None

    def require_our_site(self) -> None:
        """Refuse what another site has a browser change.

        Raises:
            CrossSite: Unless the request only reads, or the browser says that it comes from here.

        Source:
            OWASP Cross-Site Request Forgery Prevention, Fetch Metadata with a fallback to
            ``Origin``, as in Go's ``net/http.CrossOriginProtection``.
        """
        if request.method in _SAFE:
            return
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            if site not in {"same-origin", "none"}:
                raise CrossSite
        elif urlsplit(request.headers.get("Origin", "")).netloc not in {self._host, request.host}:
            raise CrossSite

    def sign_in(self, key: str, response: Response) -> None:
        """Have ``response`` begin a session for the holder of ``key``, in place of any other."""
        self.require_our_site()
        try:
            token = sign_in(
                key, self._accounts, now=datetime.now(UTC), settled=self._enrolment.settled
            )
        except KeyUnknown:
            self._enrolment.require()
            raise
        if former := request.cookies.get(self.cookie):
            sign_out(former, self._accounts)
        response.set_cookie(
            self.cookie,
            token,
            max_age=LONGEST,
            secure=self._secure,
            httponly=True,
            samesite="Lax",
        )

    def sign_out(self, response: Response) -> None:
        """End the browser's session, here and, by ``response``, there."""
        self.require_our_site()
        if token := request.cookies.get(self.cookie):
            sign_out(token, self._accounts)
        response.delete_cookie(self.cookie, secure=self._secure, httponly=True, samesite="Lax")
