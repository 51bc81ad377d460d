"""Make the tables and buckets of infra/data.yaml on the emulated AWS, where they are missing.

    python -m scripts.tables [--prefix paperroute]

The emulator is found as boto3 finds it: by AWS_ENDPOINT_URL. On AWS this file is not used: the CDK
app there includes the same infra/data.yaml.
"""

import argparse
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import ClientError

DEFINITION = Path(__file__).parents[1] / "infra" / "data.yaml"
# Right after a start the emulator may not listen yet, so the first call is tried again for a while.
_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=2)
_THERE_ALREADY = {"ResourceInUseException", "BucketAlreadyOwnedByYou"}


def definition(prefix: str) -> dict[str, dict[str, Any]]:
    """The resources of infra/data.yaml by logical name, with ``prefix`` in their names."""

    class Loader(yaml.SafeLoader):
        pass

    def substituted(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
        return loader.construct_scalar(node).replace("${Prefix}", prefix)

    Loader.add_constructor("!Sub", substituted)
    document = yaml.load(DEFINITION.read_text(), Loader)  # noqa: S506 (a SafeLoader with one tag)
    resources: dict[str, dict[str, Any]] = document["Resources"]
    return resources


def make(prefix: str, only: frozenset[str] | None = None) -> None:
    """Make what is missing of the resources with the logical names ``only``, or of all."""
    for name, resource in definition(prefix).items():
        if only is None or name in only:
            _MAKERS[resource["Type"]](resource["Properties"])


def _table(properties: dict[str, Any]) -> None:
    client = boto3.client("dynamodb", config=_PATIENT)
    direct = {"TableName", "BillingMode", "AttributeDefinitions", "KeySchema"}
    wanted = {key: value for key, value in properties.items() if key in direct}
    with_name = {"TableName": properties["TableName"]}
    if not _made(client.create_table, wanted):
        return
    client.get_waiter("table_exists").wait(**with_name, WaiterConfig={"Delay": 1})
    client.update_time_to_live(
        **with_name, TimeToLiveSpecification=properties["TimeToLiveSpecification"]
    )


def _bucket(properties: dict[str, Any]) -> None:
    client = boto3.client("s3", config=_PATIENT)
    with_name = {"Bucket": properties["BucketName"]}
    if _made(client.create_bucket, with_name):
        if "VersioningConfiguration" in properties:
            client.put_bucket_versioning(
                **with_name, VersioningConfiguration=properties["VersioningConfiguration"]
            )
        client.put_public_access_block(
            **with_name,
            PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"],
        )
    # These two also where an earlier release made the bucket.
    rules = [_lifecycle(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
    client.put_bucket_lifecycle_configuration(**with_name, LifecycleConfiguration={"Rules": rules})
    if "CorsConfiguration" in properties:
        allowed = [_cors(rule) for rule in properties["CorsConfiguration"]["CorsRules"]]
        client.put_bucket_cors(**with_name, CORSConfiguration={"CORSRules": allowed})


def _lifecycle(rule: dict[str, Any]) -> Any:
    """A rule of CloudFormation in the words of S3's API."""
    told = {"ID": rule["Id"], "Status": rule["Status"]}
    told["Filter"] = {"Prefix": rule.get("Prefix", "")}
    if "ExpirationInDays" in rule:
        told["Expiration"] = {"Days": rule["ExpirationInDays"]}
    same = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    return told | {name: rule[name] for name in same if name in rule}


def _cors(rule: dict[str, Any]) -> Any:
    """Likewise."""
    names = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    return {names.get(name, name): value for name, value in rule.items()}


def _made(create: Any, arguments: dict[str, Any]) -> bool:
    try:
        create(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] in _THERE_ALREADY:
            return False
        raise
    return True


_MAKERS = {"AWS::DynamoDB::Table": _table, "AWS::S3::Bucket": _bucket}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--prefix", default="paperroute", help="stands before every name")
    make(parser.parse_args().prefix)
