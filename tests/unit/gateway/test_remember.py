from datetime import timedelta

from gateway.remember import Recent


def test_the_last_good_answer_is_remembered_for_a_while() -> None:
    now = 0.0
    recent: Recent[str] = Recent(timedelta(minutes=10), clock=lambda: now)

    recent.keep("question", "old")
    recent.keep("question", "new")

    now = 600
    assert recent.recall("question") == "new"
    now = 601
    assert recent.recall("question") is None


def test_the_oldest_answers_are_forgotten_first() -> None:
    recent: Recent[int] = Recent(most=2)

    for number in (1, 2, 3):
        recent.keep(number, number)

    assert [recent.recall(number) for number in (1, 2, 3)] == [None, 2, 3]
