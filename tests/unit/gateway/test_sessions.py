import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from chassis.identity import Identity, Role
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.domain.key import key_hash
from gateway.ports import Onward
from gateway.sign_in import SessionEnded, recognise, sign_in
from tests.support.gateway_builders import (
    CONTRIBUTOR,
    Scripted,
    a_gateway,
    a_record,
    a_reply,
    a_visitor,
    some_accounts,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
OURS = {"Sec-Fetch-Site": "same-origin"}
HOME = "https://paperroute.example"


def a_browser(media: Scripted | None = None, accounts: MemoryAccounts | None = None) -> Client:
    return a_visitor(a_gateway(media=media, accounts=accounts or some_accounts()))


def ask(browser: Client, method: str, path: str, **more: Any) -> TestResponse:
    more.setdefault("headers", OURS)
    return browser.open(path, method=method, base_url=HOME, **more)


def signed_in(browser: Client) -> str:
    """The token that ``browser`` got for a right key."""
    answer = ask(browser, "POST", "/sign-in", data={"key": f" {CONTRIBUTOR}\n"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/upload")
    return answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def a_form() -> dict[str, Any]:
    return {"file": (io.BytesIO(b"a picture"), "pine.jpg"), "title": "Pine"}


def test_a_pasted_key_becomes_a_cookie_that_no_script_can_read() -> None:
    browser = a_browser()

    answer = ask(browser, "POST", "/sign-in", data={"key": CONTRIBUTOR})

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert CONTRIBUTOR not in cookie
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert ask(browser, "GET", "/api/v1/me").json == {"account": "noor", "role": "contributor"}


def test_of_a_token_only_its_hash_is_kept() -> None:
    accounts = some_accounts()
    token = signed_in(a_browser(accounts=accounts))

    assert len(token) >= 43  # 256 bits
    assert accounts.session(token) is None
    assert accounts.session(key_hash(token)) is not None


def test_each_sign_in_has_a_token_of_its_own_and_ends_the_one_before() -> None:
    accounts = some_accounts()
    browser = a_browser(accounts=accounts)

    first, second = signed_in(browser), signed_in(browser)

    assert first != second
    assert accounts.session(key_hash(first)) is None


def test_whoever_has_signed_out_is_a_visitor_even_with_the_old_cookie() -> None:
    browser = a_browser()
    token = signed_in(browser)

    assert ask(browser, "POST", "/sign-out").status_code == 303

    replayed = {"Cookie": f"__Host-session={token}", **OURS}
    assert ask(browser, "GET", "/api/v1/me").json == {"account": None}
    assert ask(browser, "GET", "/api/v1/me", headers=replayed).json == {"account": None}
    assert (
        ask(browser, "DELETE", "/api/v1/wallpapers/pine2345", headers=replayed).status_code == 401
    )


def test_a_wrong_key_is_told_on_the_page_and_gets_no_cookie() -> None:
    for key in ("", "pr_wrong"):
        answer = ask(a_browser(), "POST", "/sign-in", data={"key": key})

        assert answer.status_code == 401
        assert "That key opens nothing here." in answer.text
        assert "Set-Cookie" not in answer.headers


def test_a_session_writes_as_its_key_does() -> None:
    media = Scripted({"*": a_reply(a_record(), 201)})
    browser = a_browser(media)
    signed_in(browser)

    answer = ask(browser, "POST", "/api/v1/wallpapers", data=a_form())

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/api/v1/wallpapers", "/upload", "/sign-in", "/sign-out"])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, None),
        ({"Sec-Fetch-Site": "none"}, None),
        ({"Origin": HOME}, None),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HOME}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_what_a_cookie_changes_must_come_from_our_own_pages(
    path: str, said: dict[str, str], status: int | None
) -> None:
    media = Scripted({"*": a_reply(a_record(), 201)})
    browser = a_browser(media)
    signed_in(browser)

    answer = ask(browser, "POST", path, headers=said, data={**a_form(), "key": CONTRIBUTOR})

    assert (answer.status_code == 403) is (status == 403)
    assert not (status and media.asked)


def test_a_key_in_a_header_needs_no_page_of_ours() -> None:
    browser = a_browser(Scripted({"*": a_reply(a_record(), 201)}))
    headers = {"Authorization": f"Bearer {CONTRIBUTOR}", "Sec-Fetch-Site": "cross-site"}

    assert ask(browser, "POST", "/api/v1/wallpapers", headers=headers).status_code == 201


def test_accounts_that_are_away_sign_nobody_out() -> None:
    accounts = some_accounts()
    browser = a_browser(Scripted({"*": a_record()}), accounts)
    signed_in(browser)

    accounts.away = True
    assert ask(browser, "GET", "/api/v1/search").status_code == 200
    assert ask(browser, "POST", "/upload", data=a_form()).status_code == 503
    accounts.away = False
    assert ask(browser, "GET", "/api/v1/me").json == {"account": "noor", "role": "contributor"}


def test_a_session_ends_two_weeks_after_the_last_visit_and_after_thirty_days() -> None:
    accounts = MemoryAccounts(pr_right=Identity("noor", Role.CONTRIBUTOR))
    token = sign_in("pr_right", accounts, now=NOW)

    with pytest.raises(SessionEnded):
        recognise(token, accounts, now=NOW + timedelta(days=14))
    for day in (13, 26, 29):
        recognise(token, accounts, now=NOW + timedelta(days=day))
    with pytest.raises(SessionEnded):
        recognise(token, accounts, now=NOW + timedelta(days=30))


def test_a_session_opens_nothing_once_its_key_does_not() -> None:
    accounts = MemoryAccounts()
    accounts.appoint(key_hash("pr_old"), instead_of=None)
    token = sign_in("pr_old", accounts, now=NOW)

    accounts.appoint(key_hash("pr_new"), instead_of=key_hash("pr_old"))

    with pytest.raises(SessionEnded):
        recognise(token, accounts, now=NOW)


def test_the_page_is_the_same_for_everybody() -> None:
    browser = a_browser()
    before = ask(browser, "GET", "/upload")
    signed_in(browser)

    assert ask(browser, "GET", "/upload").data == before.data
    assert "s-maxage" in before.headers["Cache-Control"]


def test_the_form_uploads_and_leads_to_the_wallpaper() -> None:
    media = Scripted({"/wallpapers": a_reply(a_record("elm23456"), 201)})
    browser = a_browser(media)
    signed_in(browser)

    answer = ask(browser, "POST", "/upload?near=accept", data=a_form())

    assert (answer.status_code, answer.headers["Location"]) == (303, "/w/elm23456")
    asked: Onward = media.asked[0]
    assert (asked.method, asked.path, asked.query) == ("POST", "/wallpapers", "near=accept")
    assert b"a picture" in media.bodies[0]


def test_a_refusal_is_told_in_a_sentence_beside_what_looks_the_same() -> None:
    title = "A wallpaper that looks the same is here already."
    problem = {
        "type": "/problems/near-duplicate",
        "title": title,
        "status": 409,
        "detail": "It is elm23456.",
        "wallpaper_id": "elm23456",
    }
    browser = a_browser(Scripted({"/wallpapers": a_reply(problem, 409)}))
    signed_in(browser)

    answer = ask(browser, "POST", "/upload", data=a_form())

    assert answer.status_code == 409
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert title in answer.text
    assert "/i/elm23456/w640.webp" in answer.text
    assert 'action="/upload?near=accept"' in answer.text


def test_whoever_is_not_signed_in_is_told_so() -> None:
    answer = ask(a_browser(), "POST", "/upload", data=a_form(), headers={"Accept": "text/html"})

    assert answer.status_code == 401
    assert "You are not signed in." in answer.text
