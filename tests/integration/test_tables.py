"""infra/data.yaml is what the emulated AWS really gets."""

import boto3
import pytest
from localstack_client.session import Session

from scripts import tables

pytestmark = pytest.mark.integration


def test_every_table_and_bucket_is_made_and_making_again_changes_nothing(emulator: object) -> None:
    tables.make("again")
    tables.make("again")

    assert {"again-catalogue", "again-accounts"} <= set(
        boto3.client("dynamodb").list_tables()["TableNames"]
    )
    names = {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]}
    assert {"again-originals", "again-renditions"} <= names


def test_a_table_forgets_what_has_expired(catalogue_table: str) -> None:
    described = boto3.client("dynamodb").describe_time_to_live(TableName=catalogue_table)

    assert described["TimeToLiveDescription"]["AttributeName"] == "expires"


def test_originals_are_versioned_and_private(originals_bucket: str) -> None:
    s3 = boto3.client("s3")

    assert s3.get_bucket_versioning(Bucket=originals_bucket)["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket=originals_bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values())


def test_localstacks_own_client_sees_the_same_tables(
    catalogue_table: str, emulator: object
) -> None:
    session = Session(aws_access_key_id="test", aws_secret_access_key="test")

    names = session.client("dynamodb").list_tables()["TableNames"]

    assert catalogue_table in names
