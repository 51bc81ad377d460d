"""What an operator runs: ``paperroute-media sweep``, ``scrub`` and ``rebuild``.

Each only says what it would do, unless it is told to ``--apply`` it. It ends with 0 if all is well,
1 if bytes are missing or damaged, 2 if it could not do its work.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from logging.config import dictConfig
from typing import Any

from chassis.logs import logging_config
from chassis.settings import SettingsError
from media.ports import CatalogueUnavailable, StorageUnavailable
from media.restore import restore_lost
from media.scrub import scrub
from media.settings import Settings
from media.sweep import RIPE, sweep
from media.wiring import Stores, open_stores

Found = dict[str, Any]
_MUST_BE_SEEN_TO = ("dangling", "damaged")
_SAY_EVERY = 2.0  # seconds
_SHOWN = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and say what it found.

    Args:
        arguments: Of the command line; by default those that the process was started with.
    """
    asked = _parser().parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        dictConfig(logging_config("media", quiet=("botocore", "urllib3")))
        stores = open_stores(settings)
        found = asked.run(asked, stores, _Progress())
    except (SettingsError, CatalogueUnavailable, StorageUnavailable) as error:
        print(f"paperroute-media: {error}", file=sys.stderr)  # noqa: T201
        return 2
    print(json.dumps(found) if asked.json else _in_words(found, asked))  # noqa: T201
    return int(any(found.get(name) for name in _MUST_BE_SEEN_TO))


class _Progress:
    """Says how far it got, every two seconds, where a person or a log can see it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said = clock()

    def __call__(self, done: int) -> None:
        if self._clock() - self._said >= _SAY_EVERY:
            self._said = self._clock()
            print(f"{done:,} looked at ...", file=sys.stderr, flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="paperroute-media", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for run, says in (
        (_sweep, "find originals that no record has and records that have no original"),
        (_scrub, "read a share of the originals again and compare their hashes"),
        (_rebuild, "put lost records back from the sidecars in S3 alone"),
    ):
        command = commands.add_parser(run.__name__.strip("_"), help=says, description=says)
        command.set_defaults(run=run)
        command.add_argument("--apply", action="store_true", help="do it, not only say it")
        command.add_argument("--json", action="store_true", help="answer with a JSON object")
        if run is _sweep:
            command.add_argument(
                "--hours",
                type=_at_least_zero,
                default=RIPE / timedelta(hours=1),
                help="how old must be what is swept; default %(default)s",
            )
        if run is _scrub:
            command.add_argument(
                "--share",
                type=_share,
                default=0.01,
                help="of all originals, above 0 and up to 1; default %(default)s",
            )
    return parser


def _sweep(asked: argparse.Namespace, stores: Stores, progress: _Progress) -> Found:
    found = sweep(
        stores.catalogue,
        stores.originals,
        now=datetime.now(UTC),
        ripe=timedelta(hours=asked.hours),
        apply=asked.apply,
        progress=progress,
    )
    return asdict(found)


def _scrub(asked: argparse.Namespace, stores: Stores, progress: _Progress) -> Found:
    found = scrub(
        stores.catalogue,
        stores.originals,
        share=asked.share,
        apply=asked.apply,
        progress=progress,
    )
    return asdict(found)


def _rebuild(asked: argparse.Namespace, stores: Stores, progress: _Progress) -> Found:
    found = restore_lost(
        stores.catalogue,
        stores.originals,
        now=datetime.now(UTC),
        apply=asked.apply,
        progress=progress,
    )
    return asdict(found)


def _in_words(found: Found, asked: argparse.Namespace) -> str:
    lines = []
    for name, value in found.items():
        said = value
        if isinstance(value, list):
            more = [f"and {len(value) - _SHOWN} more"] if len(value) > _SHOWN else []
            said = " ".join([str(len(value)), *value[:_SHOWN], *more])
        lines.append(f"{name.replace('_', ' '):>14}  {said}")
    if not asked.apply:
        lines.append("Nothing was changed: --apply does it.")
    return "\n".join(lines)


def _share(text: str) -> float:
    if not 0 < (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError("must be above 0 and up to 1")
    return share


def _at_least_zero(text: str) -> float:
    if not (hours := float(text)) >= 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return hours


if __name__ == "__main__":
    sys.exit(main())
