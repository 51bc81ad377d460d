"""The commands: import, search and download."""

import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from paperroute.client import Client, Damaged, Record, Refused, SiteUnreachable
from paperroute.downloading import Size, download_fitted, download_original
from paperroute.finding import Found, find_files
from paperroute.importing import Depth, Import, Plan, Status, Stopped
from paperroute.journal import FILE_NAME, Journal, journal_in
from paperroute.reporting import Bars, JsonLines, Lines, Reporter, Summary, printable
from paperroute.settings import NotConfigured, Site
from paperroute.titles import tidied, title_of

FAILED = 1
MISUSED = 2
INTERRUPTED = 130
_MOST = 100

app = typer.Typer(
    help="Import folders of wallpapers into a Paperroute site, search it, download from it.",
    epilog="PAPERROUTE_URL says where the site is (http://localhost:8080 if unset); "
    "PAPERROUTE_KEY is your key to it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class TitleFrom(StrEnum):
    """Where a title is taken from."""

    FILENAME = "filename"
    FOLDER = "folder"


class Rating(StrEnum):
    """For whom a picture is fit."""

    SAFE = "safe"
    SKETCHY = "sketchy"
    EXPLICIT = "explicit"


class Ai(StrEnum):
    """Whether a picture was made by a generative model."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Format(StrEnum):
    """What a cut is encoded as."""

    JPG = "jpg"
    WEBP = "webp"
    AVIF = "avif"


AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for a program.")]


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"paperroute {version('paperroute')}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda wanted: _show_version(wanted=wanted),
            is_eager=True,
            help="Say which version this is.",
        ),
    ] = False,
) -> None:
    """Import folders of wallpapers into a Paperroute site, search it, download from it."""


@app.command("import")
def import_(  # noqa: PLR0913 - each argument is an option of the command
    places: Annotated[
        list[Path],
        typer.Argument(metavar="DIR...", exists=True, help="Folders, or files, to import."),
    ],
    *,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Folders within folders too.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Files to send at once.")] = 4,
    tag: Annotated[list[str] | None, typer.Option(help="A tag for each; repeatable.")] = None,
    license_: Annotated[
        str | None, typer.Option("--license", metavar="ID", help="SPDX id, such as cc0-1.0.")
    ] = None,
    creator: Annotated[str | None, typer.Option(help="Who made them.")] = None,
    category: Annotated[str | None, typer.Option(help="One of the site's categories.")] = None,
    rating: Annotated[Rating | None, typer.Option(help="For whom they are fit.")] = None,
    source: Annotated[str | None, typer.Option(metavar="URL", help="Where they are from.")] = None,
    ai: Annotated[Ai | None, typer.Option(help="Whether a model generated them.")] = None,
    title_from: Annotated[
        TitleFrom, typer.Option(help="Where a title is taken from.")
    ] = TitleFrom.FILENAME,
    skip_near: Annotated[
        bool,
        typer.Option("--skip-near", help="Leave out what looks the same as a wallpaper there."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is there to send; ask and send nothing.")
    ] = False,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Ask what the site has; send nothing.")
    ] = False,
    journal: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help=f"Where to remember what is done, if not in {FILE_NAME} in each DIR.",
        ),
    ] = None,
    no_journal: Annotated[
        bool, typer.Option("--no-journal", help="Look at every file as if for the first time.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import folders: send each JPEG, PNG and WebP that the site does not have yet.

    Run it again at any time: what is done is not done twice.
    """
    depth = Depth.LOOK if dry_run else Depth.CHECK if check_only else Depth.SEND
    said = {
        "tags": ",".join(tag or ()),
        "license": license_,
        "creator": creator,
        "category": category,
        "rating": rating,
        "source": source,
        "ai": ai,
    }
    fields = {name: str(value) for name, value in said.items() if value}
    with _explained():
        site = Site.from_env(os.environ)
        site = site.writable if depth is Depth.SEND else site
        plan = Plan(
            describe=_describer(fields, title_from),
            journal=_journals(site, journal, wanted=not no_journal),
            depth=depth,
            jobs=jobs,
            near=not skip_near,
        )
        files = list(find_files(places, recursive=recursive))
        summary = _import_all(site, plan, files, as_json=as_json)
    if summary.stopped == _INTERRUPTED:
        raise typer.Exit(INTERRUPTED)
    if summary.stopped or summary.counts[Status.FAILED]:
        raise typer.Exit(FAILED)


@app.command()
def search(
    query: Annotated[
        str, typer.Argument(help="As on the site: words, tag:, color:, res: ...")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many to show at most.")] = 24,
    as_json: AsJson = False,
) -> None:
    """Search the site."""
    with _explained():
        site = Site.from_env(os.environ)
        with Client(site) as client:
            records, meta = _search_all(client, query, limit)
    for warning in meta.get("warnings", ()):
        _complain(f"note: {warning['message']}")
    if as_json:
        typer.echo(json.dumps({"data": records, "meta": meta}))
    else:
        _show_found(Console(), site, records, total=int(meta["total"]))


@app.command()
def download(
    wallpaper_id: Annotated[
        str, typer.Argument(metavar="ID", help="As `search` shows it; its page's address will do.")
    ],
    fit: Annotated[
        str | None, typer.Option(metavar="WxH", help="Cut to these pixels, such as 2560x1440.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="Of the cut.")] = Format.JPG,
    original: Annotated[bool, typer.Option("--original", help="Uncut, as uploaded.")] = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR|FILE", help="Where to put it.")
    ] = Path(),
) -> None:
    """Download a wallpaper: cut to a screen with --fit, or the --original."""
    if original == (fit is not None):
        raise typer.BadParameter("say either --fit WIDTHxHEIGHT or --original")
    try:
        size = Size.parse(fit) if fit else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fit") from error
    wallpaper_id = quote(wallpaper_id.rstrip("/").rpartition("/")[2], safe="")
    with _explained(), Client(Site.from_env(os.environ)) as client:
        if size:
            kept = download_fitted(client, wallpaper_id, output, size=size, extension=format_)
        else:
            kept = download_original(client, wallpaper_id, output)
    typer.echo(kept)


_INTERRUPTED = "it was interrupted."


def _import_all(site: Site, plan: Plan, files: Sequence[Found], *, as_json: bool) -> Summary:
    """Import ``files`` and tell how it goes."""
    stopping = Event()

    def pause(seconds: float) -> None:
        if stopping.wait(seconds):
            raise Stopped

    summary = Summary(total=len(files))
    console = Console()
    with Client(site, pause=pause) as client:
        if plan.depth is Depth.SEND and client.account() is None:
            raise NotConfigured("The site does not know this key; check PAPERROUTE_KEY.")
        with _reporter(console, site, len(files), as_json=as_json) as reporter:
            work = Import(client, plan, on_read=reporter.sent, stopping=stopping)
            with _interruptible(work, console):
                for outcome in work.run(files):
                    summary.counts[outcome.status] += 1
                    reporter.settled(outcome)
        summary.stopped = work.reason
        reporter.summed_up(summary)
    return summary


@contextmanager
def _interruptible(work: Import, console: Console) -> Iterator[None]:
    """Ctrl-C lets the import end by itself; a second one does not wait for that."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        if work.stopping.is_set():
            console.show_cursor()
            os._exit(INTERRUPTED)
        work.stop(_INTERRUPTED)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _reporter(console: Console, site: Site, total: int, *, as_json: bool) -> Reporter:
    if as_json:
        return JsonLines(console, site.url)
    return Bars(console, site.url, total=total) if console.is_terminal else Lines(console, site.url)


def _describer(
    fields: Mapping[str, str], title_from: TitleFrom
) -> Callable[[Path], Mapping[str, str]]:
    def describe(path: Path) -> Mapping[str, str]:
        folder = path.absolute().parent
        title = tidied(folder.name) if title_from is TitleFrom.FOLDER else title_of(path)
        return {"title": title, **fields}

    return describe


def _journals(
    site: Site, journal: Path | None, *, wanted: bool
) -> Callable[[Found], Journal | None]:
    """The journal for a file: the one that was named, or else that of its folder."""
    if not wanted:
        return lambda _: None
    if journal:
        named = Journal(journal, site.url)
        return lambda _: named
    kept = cache(lambda folder: journal_in(folder, site.url))
    return lambda found: kept(found.folder) if found.folder else None


def _search_all(client: Client, query: str, limit: int) -> tuple[list[Record], dict[str, Any]]:
    """At most ``limit`` records, from as many pages as that takes, and what was said of them."""
    page = client.search(query, limit=min(limit, _MOST))
    records, meta = page.records, page.meta
    while len(records) < limit and (cursor := page.meta.get("next")):
        page = client.search(query, limit=min(limit - len(records), _MOST), cursor=cursor)
        records = [*records, *page.records]
    return records, {**meta, "next": page.meta.get("next")}


def _show_found(console: Console, site: Site, records: Sequence[Record], *, total: int) -> None:
    """A table on a terminal; lines with tabs between their parts elsewhere."""
    rows = [
        (
            str(record["id"]),
            f"{record['width']}x{record['height']}",
            printable(record["title"]),
            printable(", ".join(record["tags"])),
            f"{site.url}/w/{record['id']}",
        )
        for record in records
    ]
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(row))
        _complain(f"{len(rows)} of {total}")
        return
    table = Table("ID", "Size", "Title", "Tags", "Page", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
    console.print(f"{len(rows)} of {total}")


@contextmanager
def _explained() -> Iterator[None]:
    """What can go wrong ends the command with one sentence and the right exit code."""
    try:
        yield
    except (NotConfigured, SiteUnreachable) as error:
        _complain(str(error))
        raise typer.Exit(MISUSED) from error
    except Refused as error:
        _complain(str(error))
        keyless = error.status == 401  # the site wants another key: a matter of configuration
        raise typer.Exit(MISUSED if keyless else FAILED) from error
    except Damaged as error:
        _complain(str(error))
        raise typer.Exit(FAILED) from error
    except OSError as error:
        _complain(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
        raise typer.Exit(FAILED) from error


def _complain(sentence: str) -> None:
    typer.echo(f"paperroute: {printable(sentence)}", err=True)
