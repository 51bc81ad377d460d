"""Back up the site that runs on this machine, or restore such a backup into an empty site.

    python -m scripts.backup save [--to FOLDER] [--json]
    python -m scripts.backup restore FOLDER [--replace] [--json]

What ``make backup`` and ``make restore`` run. The site's emulated AWS is that of AWS_ENDPOINT_URL,
else of the ``make run`` that runs here, else that of docker compose. Ends with 0 if it is done, 2
if it is not; then nothing is left of a backup that was begun.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from scripts.archive import Archive, NoBackup, opened, writing
from scripts.stores import NotAsKept, NotSettled, Stores, address

ROOT = Path(__file__).parents[1]
_SAY_EVERY = 2.0  # seconds


class SiteNotEmpty(Exception):
    """The site has wallpapers, which a restore would replace."""


class _Teller:
    """Says how far it got, every two seconds and at the end of each part."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said = clock()

    def __call__(self, what: str, done: int, total: int) -> None:
        if done == total or self._clock() - self._said >= _SAY_EVERY:
            self._said = self._clock()
            print(f"  {done:,} of {total:,} {what}", file=sys.stderr, flush=True)


def save(stores: Stores, folder: Path, *, now: datetime) -> Archive:
    """Back the site up into ``folder``, which must not be there yet."""
    with writing(folder, now.isoformat(timespec="seconds")) as archive:
        stores.save(archive, _Teller())
    return archive


def restore(stores: Stores, folder: Path, *, replace: bool) -> Archive:
    """Have the site be what ``folder`` has; nothing is touched unless that is whole.

    Raises:
        NoBackup: If it is not.
        SiteNotEmpty: If something would be replaced, and must not be.
    """
    archive = opened(folder)
    if not replace and stores.has_wallpapers():
        raise SiteNotEmpty(
            "This site has wallpapers, or the tombstones of some. Restore into an empty one, as "
            "`make run DEMO=no` with PAPERROUTE_DATA=another-folder makes; or say REPLACE=yes, and "
            "all that it has now is replaced for good."
        )
    stores.fill(archive, _Teller())
    return archive


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    asked = _parser().parse_args(arguments)
    data = Path(os.environ.get("PAPERROUTE_DATA", ROOT / ".data")).absolute()
    url = address(os.environ, data)
    os.umask(0o077)  # a backup has what accounts sign in with, if only as hashes
    try:
        stores = Stores(url)
        if asked.command == "save":
            now = datetime.now(UTC)
            folder = asked.to or ROOT / "backups" / now.strftime("%Y-%m-%dT%H-%M-%SZ")
            done = save(stores, folder, now=now)
        else:
            done = restore(stores, asked.folder, replace=asked.replace)
    except (BotoCoreError, ClientError) as error:
        _complain(f"The site's emulated AWS at {url} did not do it ({error}). Is the site running?")
        return 2
    except (NoBackup, SiteNotEmpty, NotSettled, NotAsKept, OSError) as error:
        _complain(str(error))
        return 2
    _tell(done, asked)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.backup",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    saving = commands.add_parser("save", help="write a backup while the site runs")
    saving.add_argument("--to", type=Path, metavar="FOLDER", help="where; by default in backups/")
    restoring = commands.add_parser("restore", help="have the site be what a backup has")
    restoring.add_argument("folder", type=Path, metavar="FOLDER", help="the backup")
    restoring.add_argument("--replace", action="store_true", help="what the site has now may go")
    for each in (saving, restoring):
        each.add_argument("--json", action="store_true", help="answer with a JSON object")
    return parser


def _tell(done: Archive, asked: argparse.Namespace) -> None:
    items = {name: table.items for name, table in done.tables.items()}
    if asked.json:
        facts = {"folder": str(done.folder), "made": done.made, "items": items}
        print(json.dumps({**facts, "objects": len(done.objects), "bytes": done.size}))
        return
    counted = ", ".join(f"{count:,} items of {name}" for name, count in items.items())
    what = f"{counted}, {len(done.objects):,} objects of {done.size / 1e6:,.1f} MB"
    if asked.command == "save":
        print(f"{done.folder}: {what}.\nTo restore: make restore FROM={done.folder}")
    else:
        print(
            f"The site has what {done.folder} has of {done.made}: {what}.\n"
            "Now start it again: stop it, then `make run`, or `docker compose restart`."
        )


def _complain(about: str) -> None:
    print(f"backup: {about}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
