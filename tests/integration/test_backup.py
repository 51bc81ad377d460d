"""Taking a backup from emulated stores, and giving it back to others."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from scripts import tables
from scripts.archive import opened, writing
from scripts.backup import SiteNotEmpty, main, restore
from scripts.stores import NotSettled, Stores
from tests.conftest import Emulator
from tests.support.servers import free_port

pytestmark = pytest.mark.integration


def an_item(pk: str, sk: str = "WALLPAPER", **more: Any) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}, **more}


@pytest.fixture
def prefix(emulator: Emulator) -> str:
    made = f"t{secrets.token_hex(6)}"
    tables.make(made)
    return made


class WithoutBackups(Stores):
    """An emulator that cannot copy a table, as LocalStack cannot; ``writes`` go on meanwhile."""

    def __init__(self, url: str, prefix: str, *, writes: int) -> None:
        super().__init__(url, prefix=prefix)
        self._writes = writes
        self._table = f"{prefix}-catalogue"

    @contextmanager
    def _frozen(self, table: str) -> Iterator[str]:
        raise ClientError({"Error": {"Code": "UnknownOperationException"}}, "CreateBackup")
        yield table

    def _scan(self, table: str) -> Iterator[dict[str, Any]]:
        yield from super()._scan(table)
        if table == self._table and self._writes:
            self._writes -= 1
            item = an_item(f"WALLPAPER#{secrets.token_hex(4)}")
            boto3.client("dynamodb").put_item(TableName=table, Item=item)


def _quiet(what: str, done: int, total: int) -> None: ...


def test_where_a_table_cannot_be_copied_it_is_read_until_it_stands_still(
    emulator: Emulator, prefix: str, tmp_path: Path
) -> None:
    with writing(tmp_path / "kept", "now") as archive:
        WithoutBackups(emulator.url, prefix, writes=3).save(archive, _quiet)

    assert opened(tmp_path / "kept").tables["catalogue"].items == 3


def test_a_table_that_never_stands_still_is_no_backup(
    emulator: Emulator, prefix: str, tmp_path: Path
) -> None:
    stores = WithoutBackups(emulator.url, prefix, writes=1000)

    with pytest.raises(NotSettled), writing(tmp_path / "kept", "now") as archive:
        stores.save(archive, _quiet)

    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_site_with_wallpapers_is_replaced_unless_told_to(
    emulator: Emulator, prefix: str, tmp_path: Path
) -> None:
    stores = Stores(emulator.url, prefix=prefix)
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    table, bucket = f"{prefix}-catalogue", f"{prefix}-originals"
    dynamodb.put_item(TableName=table, Item=an_item("WALLPAPER#kept", n={"N": "1"}))
    dynamodb.put_item(TableName=table, Item=an_item("FEED", "EPOCH", epoch={"S": "first"}))
    s3.put_object(Bucket=bucket, Key="originals/a", Body=b"a", ContentType="image/png")
    with writing(tmp_path / "kept", "now") as archive:
        stores.save(archive, _quiet)
    dynamodb.put_item(TableName=table, Item=an_item("WALLPAPER#kept", n={"N": "2"}))
    dynamodb.put_item(TableName=table, Item=an_item("WALLPAPER#later"))
    s3.put_object(Bucket=bucket, Key="originals/b", Body=b"b")

    with pytest.raises(SiteNotEmpty):
        restore(stores, tmp_path / "kept", replace=False)
    assert dynamodb.scan(TableName=table)["Count"] == 3

    restore(stores, tmp_path / "kept", replace=True)
    assert dynamodb.scan(TableName=table)["Items"] == [an_item("WALLPAPER#kept", n={"N": "1"})]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [
        "originals/a"
    ]
    kept = s3.get_object(Bucket=bucket, Key="originals/a")
    assert (kept["Body"].read(), kept["ContentType"]) == (b"a", "image/png")


def test_a_site_that_does_not_run_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")

    assert main(["save", "--to", str(tmp_path / "kept")]) == 2

    assert "Is the site running?" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
