"""The page of results: what was asked, what it found, and every way on from there."""

from urllib.parse import parse_qs, urlencode

import pytest

from tests.support.elements import Elements
from tests.support.gateway_builders import (
    HTML,
    Scripted,
    a_gateway,
    a_record,
    a_visitor,
    an_answer,
)


def page_of(search: Scripted, query: str, **asked: str) -> str:
    visitor = a_visitor(a_gateway(search))
    return visitor.get(f"/search?{urlencode({'q': query, **asked})}", headers=HTML).text


def url(query: str) -> str:
    return f"/search?{urlencode({'q': query})}"


def records(count: int = 3) -> list[dict[str, object]]:
    return [a_record(f"wall{n:04d}", title=f"Wall {n}") for n in range(count)]


def facet(value: str, count: int, query: str) -> dict[str, object]:
    return {"value": value, "count": count, "q": query}


def test_a_page_shows_the_query_the_count_and_the_query_in_words() -> None:
    search = Scripted(
        {"/search": an_answer(*records(), total=1284, words="wall, portrait and narrow")}
    )

    page = page_of(search, " wall   ratio:phone ")

    assert parse_qs(search.asked[0].query)["q"] == ["wall ratio:phone"]
    assert "<h1>wall</h1>" in page
    assert "1,284" in page
    assert "wall, portrait and narrow" in page
    assert 'value="wall ratio:phone"' in page


def test_a_filter_that_is_on_leads_back_and_the_others_lead_to_their_queries() -> None:
    page = Elements(page_of(Scripted({"/search": an_answer(*records())}), "wall ratio:phone"))

    on = [found["href"] for found in page.all("a", **{"aria-current": "true"})]
    assert url("wall") in on
    assert url("wall ratio:ultrawide") in page.links()
    assert url("wall ratio:phone color:#d8433b") in page.links()
    assert url("wall ratio:phone sort:random") in page.links()


def test_a_choice_between_queries_is_filtered_as_a_whole() -> None:
    page = Elements(page_of(Scripted({"/search": an_answer(*records())}), "fog OR mist"))

    assert url("(fog OR mist) ratio:phone") in page.links()


def test_facets_say_how_much_each_filter_would_find() -> None:
    facets = {
        "license": [
            facet("cc0-1.0", 1200, "wall license:cc0-1.0"),
            facet("cc-by-4.0", 0, "wall license:cc-by-4.0"),
        ],
        "resolution": [facet("4k", 84, "wall res:>=3840x2160")],
    }
    search = Scripted({"/search": an_answer(*records(), facets=facets)})

    page = page_of(search, "wall")

    links = Elements(page).links()
    assert url("wall license:cc0-1.0") in links
    assert url("wall license:cc-by-4.0") not in links  # it would find nothing
    assert url("wall res:>=3840x2160") in links
    assert "1,200" in page
    assert "At least 4K" in page


def test_every_part_of_the_query_can_be_taken_out() -> None:
    search = Scripted({"/search": an_answer(*records())})

    page = page_of(search, "fog @noor -night sort:random")

    links = Elements(page).links()
    assert url("@noor -night sort:random") in links
    assert url("fog -night sort:random") in links
    assert url("fog @noor sort:random") in links


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("", "All wallpapers"),
        ("sort:random", "All wallpapers"),
        ("fog mist ratio:phone", "fog mist"),
        ("tag:fog", "fog"),
        ("color:#2a9d8f", "Mostly teal"),
        ('creator:"Noor Haddad"', "By Noor Haddad"),
        ("user:ada", "Sent by ada"),
        ("ratio:ultrawide", "Ultrawide"),
    ],
)
def test_a_page_is_headed_by_what_it_is_about(query: str, heading: str) -> None:
    page = page_of(Scripted({"/search": an_answer(*records())}), query)

    assert f"<h1>{heading}</h1>" in page


def test_pages_are_numbered_and_lead_to_each_other() -> None:
    search = Scripted({"/search": an_answer(*records(), total=1284, page=3, pages=22)})

    page = page_of(search, "wall", page="3")

    asked = parse_qs(search.asked[0].query)
    assert (asked["page"], asked["limit"]) == (["3"], ["60"])
    elements = Elements(page)
    assert {f"/search?q=wall&page={n}" for n in (2, 3, 4, 22)} <= set(elements.links())
    assert url("wall") in elements.links()
    assert elements.all("a", **{"aria-current": "page", "aria-label": "Page 3"})
    assert elements.all("a", rel="next")[0]["href"] == "/search?q=wall&page=4"
    assert "Show 60 more" in page


def test_a_page_behind_the_last_leads_to_the_last() -> None:
    search = Scripted({"/search": an_answer(total=70, page=9, pages=2)})

    page = page_of(search, "wall", page="9")

    assert "There is no page 9" in page
    assert "/search?q=wall&page=2" in Elements(page).links()


@pytest.mark.parametrize("number", ["0", "-1", "two", "1e3", "\u0661", "9" * 30])
def test_a_page_that_is_no_number_is_a_bad_request(number: str) -> None:
    answer = a_visitor(a_gateway()).get("/search", query_string={"page": number})

    assert answer.status_code == 400


def test_the_size_of_ones_own_screen_becomes_a_part_of_the_query() -> None:
    visitor = a_visitor(a_gateway())

    answer = visitor.get("/search?q=fog+fits:1920x1080&w=2880&h=1800")

    assert answer.status_code == 302
    assert answer.headers["Location"] == url("fog fits:2880x1800")


@pytest.mark.parametrize("size", ["w=2880", "w=a&h=b", "w=2880&h=1"])
def test_a_screen_of_no_size_is_a_bad_request(size: str) -> None:
    assert a_visitor(a_gateway()).get(f"/search?q=fog&{size}").status_code == 400


def test_a_screen_that_is_asked_for_can_be_taken_back() -> None:
    page = page_of(Scripted({"/search": an_answer(*records())}), "fog fits:2880x1800")

    assert "Fits 2880×1800" in page
    assert url("fog") in Elements(page).links()


def test_nothing_found_offers_what_would_find_something() -> None:
    relaxations = [
        {"without": "tag:fog", "q": "ratio:phone", "total": 12},
        {"without": "ratio:phone", "q": "tag:fog", "total": 0},
    ]
    search = Scripted({"/search": an_answer(relaxations=relaxations)})

    page = page_of(search, "tag:fog ratio:phone")

    assert "Nothing matches" in page
    state = page[page.index("Nothing matches") :]
    assert f'href="{url("ratio:phone")}"' in state
    assert ">12<" in state
    assert f'href="{url("tag:fog")}"' not in state


def test_only_one_thing_is_said_while_search_rests_and_nothing_is_remembered() -> None:
    search = Scripted()
    search.away = True

    page = a_visitor(a_gateway(search)).get("/search?q=wall")

    assert page.text.count("Search is ") == 1
    assert "Try now" in page.text


def test_explore_leads_to_tags_people_shapes_and_colours() -> None:
    facets = {"category": [facet("nature", 9, "category:nature")]}
    tags = {"data": [{"kind": "tag", "text": "fog", "insert": "tag:fog", "count": 7, "start": 0}]}
    search = Scripted({"/search": an_answer(total=48, facets=facets), "/suggest": tags})

    page = a_visitor(a_gateway(search)).get("/explore")

    links = Elements(page.text).links()
    assert url("tag:fog") in links
    assert url("category:nature") in links
    assert url("color:#2a9d8f") in links


def test_explore_opens_while_search_rests() -> None:
    search = Scripted()
    search.away = True

    page = a_visitor(a_gateway(search)).get("/explore")

    assert page.status_code == 200
    assert url("color:#2a9d8f") in Elements(page.text).links()
    assert page.headers["X-Degraded"] == "search"
