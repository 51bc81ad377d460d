from datetime import timedelta

import pytest

from chassis.settings import SettingsError, reading


def test_every_mistake_is_named_at_once_and_no_value_is_repeated() -> None:
    environ = {"A_URL": "not a url", "A_TTL": "soon", "A_SECRET": "hunter2"}

    def read() -> None:
        with reading(environ) as env:
            env.text("A_TABLE")
            env.url("A_URL")
            env.seconds("A_TTL")
            env.secrets("A_SECRET")

    with pytest.raises(SettingsError) as caught:
        read()

    assert str(caught.value).splitlines() == [
        "A_TABLE is not set",
        "A_URL: expected a URL, such as http://media:8000",
        "A_TTL: expected a whole number of seconds from 1 up, such as 300",
        "A_SECRET: each secret needs at least 32 characters",
    ]


def test_defaults_stand_in_for_what_is_not_set_or_empty() -> None:
    with reading({"A_NAME": " "}) as env:
        assert env.text("A_NAME", default="plain") == "plain"
        assert env.seconds("A_TTL", default="60") == timedelta(minutes=1)
        assert env.maybe_url("A_URL") is None
        assert env.maybe_path("A_FILE") is None


def test_a_secret_is_changed_by_naming_the_new_one_first() -> None:
    with reading({"A_SECRET": f"{'n' * 32}, {'o' * 32}"}) as env:
        assert env.secrets("A_SECRET") == ("n" * 32, "o" * 32)


@pytest.mark.parametrize(
    ("name", "value"), [("A_TTL", "0"), ("A_REDIS", "http://redis:6379"), ("A_COUNT", "many")]
)
def test_a_value_that_could_not_work_is_a_mistake(name: str, value: str) -> None:
    environ = {"A_TTL": "1", "A_REDIS": "rediss://redis:6379/0", "A_COUNT": "2", name: value}

    def read() -> None:
        with reading(environ) as env:
            env.seconds("A_TTL")
            env.url("A_REDIS", schemes=("redis", "rediss"))
            env.integer("A_COUNT")

    with pytest.raises(SettingsError, match=name):
        read()


def test_a_missing_secret_is_only_missing() -> None:
    with pytest.raises(SettingsError, match=r"^A_SECRET is not set$"), reading({}) as env:
        env.secrets("A_SECRET")
