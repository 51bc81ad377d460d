"""The pages that people see."""

import json
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from chassis import trace
from chassis.problems import CONTENT_TYPE
from gateway.ask import Found
from gateway.domain import query, words
from gateway.domain.screen import cut_name
from gateway.ports import Upstream
from gateway.remember import Recent
from gateway.show import lately, show_explore, show_home, show_results
from gateway.web.chips import chips_for, page_numbers, search_url
from gateway.web.templating import begin_page, common, page

MOST_PAGES = 100_000
#: What a problem that leaves a member out means by it (RFC 9457, section 3.1).
_UNSAID = {"type": "about:blank", "title": "Something went wrong.", "detail": ""}
_NOT_PAGES = ("/api/", "/i/", "/static/", "/livez", "/readyz")


def create_blueprint(search: Upstream, recent: Recent[Found]) -> Blueprint:
    """The pages, showing what ``search`` knows; ``recent`` stands in for it."""
    blueprint = Blueprint("pages", __name__, template_folder="templates")
    blueprint.before_request(begin_page)

    @blueprint.get("/")
    def home() -> ResponseReturnValue:
        shown = show_home(search, recent, datetime.now(UTC).date())
        return page("home.html", shown.resting, home=shown)

    @blueprint.get("/search")
    def results() -> ResponseReturnValue:
        text = " ".join(request.args.get("q", "").split())
        if request.args.get("w") or request.args.get("h"):
            size = cut_name(request.args.get("w"), request.args.get("h"))
            return redirect(search_url(query.asking(text, "fits", size)))
        number = _page_number(request.args.get("page", "1"))
        shown = show_results(text, search, recent, page=number)
        found = shown.found or Found()
        return page(
            "results.html",
            shown.resting,
            results=shown,
            q=text,
            number=number,
            heading=words.title_of(query.clauses(text)),
            numbers=page_numbers(number, found.pages),
            chips=chips_for(text, found.sort if shown.found else "", found.facets),
        )

    @blueprint.get("/explore")
    def explore() -> ResponseReturnValue:
        shown = show_explore(search, recent)
        return page("explore.html", shown.resting, explore=shown)

    return blueprint


def _page_number(said: str) -> int:
    if not (said.isascii() and said.isdigit() and 0 < int(said[:9]) <= MOST_PAGES):
        raise BadRequest(f"Pages are counted from 1, at most to {MOST_PAGES:,}.")
    return int(said)


def dress_problems(app: Flask, recent: Recent[Found]) -> None:
    """Have ``app`` show a problem as a page to whoever would rather read one."""

    @app.after_request
    def dress(response: Response) -> Response:
        if response.mimetype != CONTENT_TYPE or not _is_followed():
            return response
        response.vary.add("Accept")
        accepted = request.accept_mimetypes
        if accepted["text/html"] > accepted[CONTENT_TYPE]:
            page = render_template(
                "problem.html",
                problem={**_UNSAID, **json.loads(response.get_data())},
                fresh=lately(recent) if response.status_code in {404, 410} else (),
                request_id=trace.current_or_new().request_id,
                **common(frozenset()),
            )
            response.set_data(page)
            response.content_type = "text/html; charset=utf-8"
        return response


def _is_followed() -> bool:
    """Whether people get here by a link, so that what goes wrong may be told on a page."""
    download = "download" in request.args or request.path.endswith("/original")
    return download or not request.path.startswith(_NOT_PAGES)
