"""Headers that every answer carries, errors included."""

from flask import Flask, Response, request

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types fragment",
    )
)
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
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
_ON_PAGES = (*_ALWAYS.items(), ("Cross-Origin-Resource-Policy", "same-origin"))
_ON_SHARED = (*_ALWAYS.items(), *_CORS.items())
_ON_PREFLIGHT = (*_ON_SHARED, *_PREFLIGHT.items())


def promised(path: str, method: str) -> tuple[tuple[str, str], ...]:
    """What every answer to ``method`` at ``path`` tells browsers, whatever else it is.

    Any origin may use the API and the images. No cookie is involved, so whoever calls from
    another site has no more rights than the key that it holds.
    """
    if not path.startswith(_SHARED):
        return _ON_PAGES
    return _ON_PREFLIGHT if method == "OPTIONS" else _ON_SHARED


def set_headers(app: Flask) -> None:
    """Have every answer of ``app`` say what browsers may do with it."""

    @app.after_request
    def say(response: Response) -> Response:
        response.headers.update(promised(request.path, request.method))
        if response.status_code == 401:
            response.headers.setdefault("WWW-Authenticate", 'Bearer realm="paperroute"')
        return response
