import pytest

from gateway.domain.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_five_failures_within_ten_seconds_open_it_for_five(clock: Clock) -> None:
    breaker = Breaker(clock)

    opened = []
    for clock.now in (0.0, 2.5, 5.0, 7.5, 10.0):
        assert breaker.allows()
        opened.append(breaker.failed())

    assert opened == [False, False, False, False, True]
    assert not breaker.allows()
    clock.now = 14.9
    assert not breaker.allows()
    clock.now = 15.0
    assert breaker.allows()


def test_failures_that_are_further_apart_leave_it_closed(clock: Clock) -> None:
    breaker = Breaker(clock)

    for clock.now in range(0, 60, 3):
        assert not breaker.failed()

    assert breaker.allows()


def test_an_answer_between_failures_says_that_the_service_is_there(clock: Clock) -> None:
    breaker = Breaker(clock)

    for _ in range(20):
        for _ in range(4):
            assert not breaker.failed()
        breaker.succeeded()

    assert breaker.allows()


def test_one_question_is_let_through_each_time_the_rest_is_over(clock: Clock) -> None:
    breaker = Breaker(clock)
    for _ in range(5):
        breaker.failed()

    clock.now = 5.0
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.failed()
    clock.now = 9.9
    assert not breaker.allows()
    clock.now = 10.0
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_the_first_answer_closes_it(clock: Clock) -> None:
    breaker = Breaker(clock)
    for _ in range(5):
        breaker.failed()
    clock.now = 5.0
    breaker.allows()

    breaker.succeeded()

    assert [breaker.allows() for _ in range(3)] == [True, True, True]
    assert not breaker.failed()
