import re
from urllib.parse import parse_qs, urlsplit

import pytest

from chassis.seal import Sealer
from tests.support.elements import Elements
from tests.support.gateway_builders import (
    HTML,
    SECRET,
    Scripted,
    a_gateway,
    a_record,
    a_reply,
    a_visitor,
    an_answer,
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; manifest-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types fragment"
)
HOSTILE = '"><script>alert(1)</script><b style="x" onload=y>{{ 7*7 }}'


def records(count: int = 3) -> list[dict[str, object]]:
    return [a_record(f"wall{n:04d}", title=f"Wall {n}") for n in range(count)]


def test_home_shows_what_is_new_and_what_it_is_about() -> None:
    search = Scripted({"/search": an_answer(*records(3), total=1284)})

    page = a_visitor(a_gateway(search)).get("/", headers=HTML)

    assert page.status_code == 200
    assert "1,284 wallpapers" in page.text
    links = Elements(page.text).links()
    assert "/w/wall0002" in links
    assert "/search?q=tag%3Aforest" in links
    assert "/search?q=ratio%3Aphone" in links


@pytest.mark.parametrize("path", ["/", "/search?q=pine", "/w/pine2345"])
def test_no_page_shows_the_picture_that_another_took_the_place_of(path: str) -> None:
    record = a_record("pine2345")
    images = record["links"]["images"]
    record["links"]["images"] = {name: f"{url}?v=0badcafe" for name, url in images.items()}
    gateway = a_gateway(
        Scripted({"/search": an_answer(record)}), media=Scripted({"/wallpapers/pine2345": record})
    )

    page = a_visitor(gateway).get(path, headers=HTML).text

    addresses = re.findall(r"/i/pine2345/w[^ \"]*", page)
    assert addresses
    assert [each for each in addresses if not each.endswith("?v=0badcafe")] == []


def test_an_empty_site_says_how_to_fill_it() -> None:
    page = a_visitor(a_gateway()).get("/")

    assert page.status_code == 200
    assert "No wallpapers here yet" in page.text


def test_the_wallpaper_of_the_day_stays_all_day() -> None:
    search = Scripted({"/search": an_answer(a_record())})
    visitor = a_visitor(a_gateway(search))

    visitor.get("/")
    visitor.get("/")

    daily = [asked.query for asked in search.asked if "random" in asked.query]
    assert len(daily) == 2
    assert daily[0] == daily[1]


def test_warnings_are_shown_with_what_may_have_been_meant() -> None:
    warned = {
        "code": "unknown-field",
        "message": "There is no field 'colr'.",
        "position": 4,
        "length": 4,
        "suggestion": "color",
    }
    respelled = {
        "code": "respelled",
        "message": "No wallpaper says 'fgo'.",
        "position": 0,
        "length": 3,
        "suggestion": "fog",
    }
    search = Scripted({"/search": an_answer(*records(), warnings=[warned, respelled])})

    page = a_visitor(a_gateway(search)).get("/search?q=fgo+colr:red")

    assert "There is no field &#39;colr&#39;." in page.text
    assert "No wallpaper says &#39;fgo&#39;." in page.text
    assert page.text.count("Did you mean") == 1
    assert "/search?q=fgo+color%3Ared" in Elements(page.text).links()


def test_nothing_found_offers_the_query_without_each_part() -> None:
    page = a_visitor(a_gateway()).get("/search?q=mountians+ratio:phone")

    assert "Nothing matches" in page.text
    links = Elements(page.text).links()
    assert "/search?q=mountians" in links
    assert "/search?q=ratio%3Aphone" in links


def test_a_query_that_search_refuses_is_answered_in_its_words() -> None:
    problem = {"type": "/problems/query-too-large", "status": 400, "detail": "At most 32 clauses."}
    search = Scripted({"/search": a_reply(problem, 400)})

    page = a_visitor(a_gateway(search)).get("/search?q=a", headers=HTML)

    assert page.status_code == 400
    assert page.mimetype == "text/html"
    assert "At most 32 clauses." in page.text


def test_a_wallpaper_page_has_its_sizes_colours_tags_and_the_like() -> None:
    media = Scripted({"/wallpapers/pine2345": a_record(description="A ridge.")})
    distances = [{"id": "like0001", "bits": 9}, {"id": "other001", "bits": 45}]
    similar = an_answer(a_record("like0001"), a_record("other001"), distances=distances)
    search = Scripted({"/search": an_answer(), "/similar/pine2345": similar})

    page = a_visitor(a_gateway(search, media)).get("/w/pine2345")

    links = Elements(page.text).links()
    assert "/w/pine2345/download?w=3840&h=2160" in links
    assert "/w/pine2345/download?w=3440&h=1440" in links
    assert "/w/pine2345/download?w=1206&h=2622" not in links  # higher than the picture
    assert "/api/v1/wallpapers/pine2345/original" in links
    assert "/search?q=color%3A%23221a34" in page.text
    assert "/search?q=tag%3Amountains" in links
    assert 'fill="#221a34"' in page.text
    assert "A ridge." in page.text
    assert "/search?q=creator%3A%22Noor+Haddad%22" in links
    assert "/search?q=user%3Aadmin" in links
    assert "/w/like0001" in links
    assert "/w/other001" not in links  # no person would see why


def test_beside_a_wallpaper_stands_what_shares_most_of_its_tags() -> None:
    media = Scripted({"/wallpapers/pine2345": a_record()})
    alike = [a_record("some0001", tags=["forest"]), a_record("most0001"), a_record("pine2345")]
    search = Scripted({"/search": an_answer(*alike)})

    page = a_visitor(a_gateway(search, media)).get("/w/pine2345")

    links = Elements(page.text).links()
    assert links.index("/w/most0001") < links.index("/w/some0001")
    assert parse_qs(search.asked[1].query)["q"] == ["tag:forest,mountains"]


def test_a_small_picture_is_offered_as_it_is() -> None:
    media = Scripted({"*": a_record(width=800, height=600)})

    page = a_visitor(a_gateway(media=media)).get("/w/pine2345")

    assert "Download the original" in page.text
    assert "/download?" not in page.text


@pytest.mark.parametrize(("status", "said"), [(404, "No wallpaper at"), (410, "is gone")])
def test_a_wallpaper_that_is_not_there_says_so_and_shows_others(status: int, said: str) -> None:
    search = Scripted({"/search": an_answer(*records())})
    media = Scripted({"*": a_reply({"detail": "no"}, status)})
    visitor = a_visitor(a_gateway(search, media))
    visitor.get("/")

    page = visitor.get("/w/pine2345", headers=HTML)

    assert page.status_code == status
    assert said in page.text
    assert "/w/wall0001" in Elements(page.text).links()
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("w=2560&h=1440", "/i/pine2345/2560x1440.jpg"),
        ("w=2560&h=1440&f=jpeg", "/i/pine2345/2560x1440.jpg"),
        ("w=0900&h=16&f=avif", "/i/pine2345/900x16.avif"),
        ("w=20000&h=1440&f=webp", "/i/pine2345/20000x1440.webp"),
        ("w=2560&h=1440&x=.25&y=1&z=1.5", "/i/pine2345/2560x1440at250x1000z150.jpg"),
        ("w=2560&h=1440&z=2", "/i/pine2345/2560x1440at500x500z200.jpg"),
    ],
)
def test_a_download_leads_to_a_signed_cut(asked: str, there: str) -> None:
    response = a_visitor(a_gateway()).get(f"/w/pine2345/download?{asked}")

    assert response.status_code == 302
    location = urlsplit(response.headers["Location"])
    query = parse_qs(location.query)
    assert location.path == there
    assert query["download"] == ["1"]
    assert Sealer([SECRET]).open(query["t"][0], purpose="rendition") == {"path": there}
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "asked",
    ["", "w=2560", "w=a&h=b", "w=1&h=1", "w=2560&h=1440&f=gif", "w=2560&h=1440&x=1.1",
     "w=2560&h=1440&y=-0.1", "w=2560&h=1440&z=0.9", "w=2560&h=1440&z=11", "w=2560&h=1440&x=nan",
     "w=2560&h=1440&x=\u0661"],
)  # fmt: skip
def test_a_download_of_no_size_is_a_bad_request(asked: str) -> None:
    response = a_visitor(a_gateway()).get(f"/w/pine2345/download?{asked}")

    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"


def test_whatever_people_write_stays_text() -> None:
    record = a_record(
        title=HOSTILE,
        description=HOSTILE,
        tags=[HOSTILE],
        category=HOSTILE,
        creator=HOSTILE,
        uploader=HOSTILE,
        license=HOSTILE,
        ai=HOSTILE,
        creator_url=f"https://example.org/{HOSTILE}",
        source="javascript:alert(1)",
    )
    warned = {"code": "x", "message": HOSTILE, "position": 0, "length": 1, "suggestion": HOSTILE}
    search = Scripted({"/search": an_answer(record, warnings=[warned], interpreted=HOSTILE)})
    media = Scripted({"*": record})
    visitor = a_visitor(a_gateway(search, media))

    for path in ("/", "/search", "/w/pine2345", f"/search?q={HOSTILE}", "/explore"):
        page = visitor.get(path, headers=HTML)
        for tag, attributes in Elements(page.text).found:
            assert tag != "b" or not attributes
            assert "onload" not in attributes
            assert "style" not in attributes
            assert tag != "script" or (
                attributes.get("type") == "application/ld+json"
                or (attributes["src"] or "").startswith("/static/")
            )
            assert not (attributes.get("href") or "").startswith("javascript:")
        assert "49" not in re.sub(r'href="[^"]*"|data:[^"]*|[0-9a-f]{12}', "", page.text)


@pytest.mark.parametrize(
    "path",
    ["/", "/search", "/search?q=x", "/explore", "/offline", "/sw.js", "/manifest.webmanifest",
     "/sitemap.xml", "/w/pine2345/palette.css", "/w/pine2345", "/w/none0000", "/nothing",
     "/robots.txt",
     "/livez", "/api/v1/search", "/api/v1/nothing", "/api/v1/me", "/i/pine2345/w640.webp",
     "/favicon.ico", "/w/pine2345/download", "/static/x/none.css"],
)  # fmt: skip
def test_every_answer_is_strict_with_browsers(path: str) -> None:
    media = Scripted({"/wallpapers/pine2345": a_record()})

    response = a_visitor(a_gateway(media=media)).get(path, headers=HTML)

    sandbox = ", default-src 'none'; sandbox" if path.startswith("/i/") else ""
    assert response.headers["Content-Security-Policy"] == POLICY + sandbox
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in response.headers


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/search", "/livez"])
def test_a_page_may_connect_to_where_uploads_go_and_nowhere_else(path: str) -> None:
    app = a_gateway(upload_origin="https://s3.example")

    policy = a_visitor(app).get(path, headers=HTML).headers["Content-Security-Policy"]

    assert policy == POLICY.replace("connect-src 'self'", "connect-src 'self' https://s3.example")
    assert policy != POLICY


def test_pages_are_the_same_for_every_visitor_and_kept_by_shared_caches() -> None:
    search = Scripted({"/search": an_answer(*records())})
    media = Scripted({"*": a_record()})
    app = a_gateway(search, media)
    theirs = {
        "Cookie": "screen=2880x1800~mine",
        "Authorization": "Bearer x",
        "X-Forwarded-Host": "evil",
        "Host": "evil",
    }

    for path in ("/", "/search?q=wall", "/search?q=wall&page=2", "/explore", "/w/pine2345"):
        first, other = a_visitor(app).get(path), a_visitor(app).get(path, headers=theirs)
        assert first.data == other.data
        assert first.headers["Cache-Control"] == (
            "public, max-age=0, s-maxage=60, stale-while-revalidate=3600, stale-if-error=86400"
        )
        assert "Set-Cookie" not in first.headers


def test_no_page_names_an_asset_or_an_address_that_is_not_there() -> None:
    search = Scripted({"/search": an_answer(*records(), pages=3)})
    media = Scripted({"*": a_record()})
    visitor = a_visitor(a_gateway(search, media))

    for path in ("/", "/search?q=wall", "/explore", "/offline", "/w/pine2345", "/nothing"):
        page = visitor.get(path, headers=HTML)
        for tag, attributes in Elements(page.text).found:
            for name in ("href", "src"):
                address = attributes.get(name) or ""
                if address.startswith("/") and not address.startswith("/w/wall"):
                    found = visitor.get(address)
                    assert found.status_code in {200, 302}, (tag, address)


def test_assets_are_kept_for_good_under_their_version_only() -> None:
    visitor = a_visitor(a_gateway())
    page = visitor.get("/")
    (tokens,) = (a["href"] for t, a in Elements(page.text).found if "tokens" in str(a.get("href")))
    assert tokens is not None

    now = visitor.get(tokens)
    other = visitor.get(re.sub(r"/static/\w+/", "/static/0ld/", tokens))
    again = visitor.get(tokens, headers={"If-None-Match": now.headers["ETag"]})

    assert now.mimetype == "text/css"
    assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert other.data == now.data
    assert other.headers["Cache-Control"] == "no-cache"
    assert again.status_code == 304


def test_style_sheets_name_only_files_that_are_there() -> None:
    visitor = a_visitor(a_gateway())
    page = visitor.get("/")

    for _, attributes in Elements(page.text).found:
        sheet = attributes.get("href") or ""
        if sheet.endswith(".css"):
            for named in re.findall(r"url\(\.\.(/[^)]+)\)", visitor.get(sheet).text):
                there = sheet.split("/css/")[0] + named
                assert visitor.get(there).mimetype == "font/woff2"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/html,*/*;q=0.8", "text/html"),
        ("*/*", "application/problem+json"),
        ("application/json", "application/problem+json"),
    ],
)
def test_a_missing_page_is_a_page_for_browsers_and_a_problem_for_others(
    accept: str, media_type: str
) -> None:
    response = a_visitor(a_gateway()).get("/account/x.css", headers={"Accept": accept})

    assert response.status_code == 404
    assert response.mimetype == media_type
    assert ("Nothing is at this address." in response.text) == (media_type == "text/html")
    assert "Accept" in response.vary
    assert response.headers["Cache-Control"] == "no-store"
