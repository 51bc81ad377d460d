"""Accounts in DynamoDB."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chassis.identity import Identity, Role
from gateway.ports import AccountsUnavailable, Patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

_READ = 1.5
_WRITE = 5.0
_ADMINISTRATOR = "admin"
_CONDITION = "ConditionalCheckFailed"


def _now() -> datetime:
    return datetime.now(UTC)


class DynamoAccounts:
    """Who may write, in one DynamoDB table.

    ==================  ===========  ==========================================
    ``pk``              ``sk``       answers
    ==================  ===========  ==========================================
    ``KEY#<sha256>``    ``KEY``      ``find``: whose key it is
    ``ACCOUNT#<name>``  ``ACCOUNT``  ``administrators_key``; guards ``appoint``
    ==================  ===========  ==========================================
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        patience: Patience,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._client = client
        self._table = table
        self._patience = patience
        self._clock = clock

    def find(self, key_hash: str) -> Identity | None:
        item = self._get(f"KEY#{key_hash}", "KEY")
        if item is None:
            return None
        try:
            return Identity(item["account"]["S"], Role(item["role"]["S"]))
        except (KeyError, ValueError) as error:
            raise AccountsUnavailable("A key in the accounts table cannot be read.") from error

    def administrators_key(self) -> str | None:
        item = self._get(f"ACCOUNT#{_ADMINISTRATOR}", "ACCOUNT")
        return None if item is None else item["key"]["S"]

    def appoint(self, key_hash: str, *, instead_of: str | None) -> bool:
        said: dict[str, AttributeValueTypeDef] = {
            "role": {"S": str(Role.ADMIN)},
            "created_at": {"S": self._clock().isoformat()},
        }
        opens: dict[str, AttributeValueTypeDef] = {**said, "account": {"S": _ADMINISTRATOR}}
        account: TransactWriteItemTypeDef = self._put(
            f"ACCOUNT#{_ADMINISTRATOR}", "ACCOUNT", {**said, "key": {"S": key_hash}}
        )
        writes = [account, self._put(f"KEY#{key_hash}", "KEY", opens)]
        if instead_of is None:
            account["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            account["Put"]["ConditionExpression"] = "#key = :old"
            account["Put"]["ExpressionAttributeNames"] = {"#key": "key"}
            account["Put"]["ExpressionAttributeValues"] = {":old": {"S": instead_of}}
            old: dict[str, AttributeValueTypeDef] = {
                "pk": {"S": f"KEY#{instead_of}"},
                "sk": {"S": "KEY"},
            }
            writes.append({"Delete": {"TableName": self._table, "Key": old}})
        with self._speaking(_WRITE):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                if _CONDITION in {why.get("Code") for why in error.response["CancellationReasons"]}:
                    return False
                raise
        return True

    def _get(self, pk: str, sk: str) -> "dict[str, AttributeValueTypeDef] | None":
        with self._speaking(_READ):
            found = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
            )
        return found.get("Item")

    def _put(
        self, pk: str, sk: str, attributes: "dict[str, AttributeValueTypeDef]"
    ) -> "TransactWriteItemTypeDef":
        keys: dict[str, AttributeValueTypeDef] = {"pk": {"S": pk}, "sk": {"S": sk}}
        return {"Put": {"TableName": self._table, "Item": {**keys, **attributes}}}

    @contextmanager
    def _speaking(self, seconds: float) -> Iterator[None]:
        try:
            with self._patience(seconds):
                yield
        except (ClientError, BotoCoreError, TimeoutError) as error:
            raise AccountsUnavailable("The accounts cannot be reached just now.") from error
