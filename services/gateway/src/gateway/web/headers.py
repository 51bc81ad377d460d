"""Headers that every answer carries, errors included."""

from flask import Flask, Response, request

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'{uploads}",
        "font-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types fragment",
    )
)
_PICTURE = "default-src 'none'; sandbox"  # beside the other: browsers keep to both
_ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_SHARED = ("/api/", "/i/")
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Content-Disposition, ETag, Location, Retry-After, Server-Timing, traceresponse, "
        "X-Request-Id"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Range"
    ),
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Max-Age": "86400",
}


class Promises:
    """What every answer tells browsers, whatever else it is.

    Any origin may use the API and the images, without the cookie of a session: browsers give no
    page an answer that they sent one for while ``*`` stands here, and with one no other site can
    change anything. So whoever calls from elsewhere may do what the key that it holds may.
    """

    def __init__(self, *, upload_origin: str | None) -> None:
        """The same for a whole site.

        Args:
            upload_origin: Where a page sends the parts of a file, if that may be done.
        """
        uploads = f" {upload_origin}" if upload_origin else ""
        policy = _POLICY.format(uploads=uploads)
        always = {"Content-Security-Policy": policy, **_ALWAYS}
        self._on_pages = (*always.items(), ("Cross-Origin-Resource-Policy", "same-origin"))
        self._on_shared = (*always.items(), *_CORS.items())
        picture = {**always, **_CORS, "Content-Security-Policy": f"{policy}, {_PICTURE}"}
        self._on_images = tuple(picture.items())
        self._on_preflight = (*self._on_shared, *_PREFLIGHT.items())

    def on(self, path: str, method: str) -> tuple[tuple[str, str], ...]:
        """The headers of every answer to ``method`` at ``path``."""
        if not path.startswith(_SHARED):
            return self._on_pages
        if method == "OPTIONS":
            return self._on_preflight
        return self._on_images if path.startswith("/i/") else self._on_shared


def set_headers(app: Flask, promises: Promises) -> None:
    """Have every answer of ``app`` say what browsers may do with it."""

    @app.after_request
    def say(response: Response) -> Response:
        response.headers.update(promises.on(request.path, request.method))
        if response.status_code == 401:
            response.headers.setdefault("WWW-Authenticate", 'Bearer realm="paperroute"')
        return response
