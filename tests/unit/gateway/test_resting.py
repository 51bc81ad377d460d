from tests.support.gateway_builders import (
    HTML,
    Scripted,
    a_gateway,
    a_record,
    a_reply,
    a_visitor,
    an_answer,
)


def a_site() -> tuple[Scripted, Scripted]:
    search = Scripted({"/search": an_answer(a_record(), a_record("fog22345", title="Fog"))})
    media = Scripted({"/wallpapers/pine2345": a_record()})
    return search, media


def test_home_opens_with_what_it_last_knew_while_search_is_away() -> None:
    search, media = a_site()
    visitor = a_visitor(a_gateway(search, media))
    visitor.get("/")
    search.away = True

    page = visitor.get("/")

    assert page.status_code == 200
    assert page.headers["X-Degraded"] == "search"
    assert page.headers["Cache-Control"] == "no-store"
    assert '<html lang="en" data-degraded="search">' in page.text
    assert "Search is resting" in page.text
    assert "/w/fog22345" in page.text


def test_home_opens_even_when_it_never_knew_anything() -> None:
    search, media = a_site()
    search.away = True

    page = a_visitor(a_gateway(search, media)).get("/")

    assert page.status_code == 200
    assert page.headers["X-Degraded"] == "search"
    assert "No wallpapers here yet" not in page.text


def test_known_results_are_shown_again_while_search_is_away() -> None:
    search, media = a_site()
    visitor = a_visitor(a_gateway(search, media))
    visitor.get("/search?q=ridge")
    search.away = True

    page = visitor.get("/search?q=ridge")

    assert page.status_code == 200
    assert page.headers["X-Degraded"] == "search"
    assert "Pine ridge" in page.text


def test_unknown_results_are_never_called_none_while_search_is_away() -> None:
    search, media = a_site()
    visitor = a_visitor(a_gateway(search, media))
    visitor.get("/")
    search.away = True

    page = visitor.get("/search?q=sky")

    assert page.status_code == 200
    assert "Nothing matches" not in page.text
    assert "Search is resting" in page.text
    assert "/w/fog22345" in page.text


def test_an_answer_that_makes_no_sense_is_as_good_as_none() -> None:
    answers: tuple[object, ...] = (
        {"data": []},
        [],
        "hello",
        {"data": [{}], "meta": {}},
        a_reply({}, 500),
    )
    for nonsense in answers:
        search = Scripted({"/search": nonsense})

        page = a_visitor(a_gateway(search)).get("/search?q=sky")

        assert page.status_code == 200
        assert page.headers["X-Degraded"] == "search"


def test_an_answer_without_end_is_as_good_as_none() -> None:
    search = Scripted({"/search": an_answer(interpreted="x" * 3_000_000)})

    page = a_visitor(a_gateway(search)).get("/search?q=sky")

    assert page.headers["X-Degraded"] == "search"


def test_a_wallpaper_opens_without_its_like_while_search_is_away() -> None:
    search, media = a_site()
    search.away = True

    page = a_visitor(a_gateway(search, media)).get("/w/pine2345")

    assert page.status_code == 200
    assert page.headers["X-Degraded"] == "search"
    assert "<h1>Pine ridge</h1>" in page.text


def test_a_wallpaper_opens_from_what_search_knows_while_media_is_away() -> None:
    search, media = a_site()
    media.away = True

    page = a_visitor(a_gateway(search, media)).get("/w/pine2345")

    assert page.status_code == 200
    assert page.headers["X-Degraded"] == "media"
    assert "<h1>Pine ridge</h1>" in page.text
    assert "Images are resting" in page.text


def test_a_wallpaper_seen_lately_opens_while_both_are_away() -> None:
    search, media = a_site()
    visitor = a_visitor(a_gateway(search, media))
    visitor.get("/")
    search.away = media.away = True

    page = visitor.get("/w/fog22345")

    assert page.status_code == 200
    assert page.headers["X-Degraded"] == "media, search"
    assert '<html lang="en" data-degraded="media search">' in page.text
    assert "<h1>Fog</h1>" in page.text


def test_search_answering_about_another_wallpaper_is_not_believed() -> None:
    search = Scripted({"/search": an_answer(a_record("other234"))})
    media = Scripted()
    media.away = True

    page = a_visitor(a_gateway(search, media)).get("/w/pine2345", headers=HTML)

    assert page.status_code == 503


def test_a_wallpaper_nobody_can_tell_of_is_a_page_that_says_who_rests() -> None:
    search, media = a_site()
    search.away = media.away = True

    page = a_visitor(a_gateway(search, media)).get("/w/pine2345", headers=HTML)

    assert page.status_code == 503
    assert page.mimetype == "text/html"
    assert page.headers["Retry-After"] == "5"
    assert "Images are resting" in page.text
    assert page.headers["X-Request-Id"] in page.text


def test_the_calls_for_a_page_share_its_three_seconds() -> None:
    search, media = a_site()

    a_visitor(a_gateway(search, media)).get("/w/pine2345")

    assert media.asked[0].within == 2
    assert search.asked[0].within <= 1.0
