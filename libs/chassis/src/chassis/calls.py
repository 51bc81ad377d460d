"""Calls to stores, noted as steps of the request that they are made for."""

from collections.abc import Callable
from typing import Any, Protocol

from redis import Redis

from chassis import trace

_GOING = "paperroute_step"


class ObservedRedis(Redis):
    """redis-py's client; every command is a step. What it says of a command is its name alone."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command."""
        with trace.step("redis", str(args[0])[:20]) as step:
            answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
            if args[0] == "GET":
                step.note = "miss" if answer is None else "hit"
            return answer


class _Events(Protocol):
    def register(self, event_name: str, handler: Callable[..., None], /) -> None: ...


def observe_calls(events: _Events, stop: str) -> None:
    """Note every call of a client of botocore as a step at ``stop``.

    Args:
        events: ``client.meta.events``.
        stop: The name of the store.

    Source:
        botocore's documentation of its events: ``before-call`` and ``after-call`` come once for a
        call, however often it is sent; ``context`` is the same in both.
    """

    def begin(model: Any, context: dict[str, Any], **_: object) -> None:
        context[_GOING] = trace.step(stop, model.name).__enter__()

    def end(context: dict[str, Any], parsed: Any = None, **_: object) -> None:
        step = context.pop(_GOING, None)
        if step is not None:
            status = (parsed or {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            step.note = {0: "failed", 404: "absent", 412: "refused"}.get(status)
            step.__exit__(None, None, None)

    events.register("before-call", begin)
    events.register("after-call", end)
    events.register("after-call-error", end)
