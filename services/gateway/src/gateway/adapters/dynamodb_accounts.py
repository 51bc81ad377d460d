"""Accounts in DynamoDB."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from chassis.identity import Identity, Role
from gateway.domain.session import Session
from gateway.ports import AccountsUnavailable, Patience

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        TransactWriteItemTypeDef,
    )

_READ = 1.5
_WRITE = 5.0
_ADMINISTRATOR = "admin"
_CONDITION = "ConditionalCheckFailed"


def _now() -> datetime:
    return datetime.now(UTC)


class DynamoAccounts:
    """Who may write, in one DynamoDB table.

    ====================  ===========  ==========================================
    ``pk``                ``sk``       answers
    ====================  ===========  ==========================================
    ``KEY#<sha256>``      ``KEY``      ``find``: whose key it is
    ``ACCOUNT#<name>``    ``ACCOUNT``  ``administrators_key``; guards ``appoint``
    ``SESSION#<sha256>``  ``SESSION``  ``session``; gone some time after ``expires``
    ====================  ===========  ==========================================
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

    def session(self, token_hash: str) -> Session | None:
        item = self._get(f"SESSION#{token_hash}", "SESSION")
        if item is None:
            return None
        begun, seen = (datetime.fromisoformat(item[name]["S"]) for name in ("begun_at", "seen_at"))
        return Session(item["key"]["S"], begun, seen)

    def keep_session(self, token_hash: str, session: Session) -> None:
        with self._speaking(_WRITE):
            self._client.put_item(TableName=self._table, Item=self._item(token_hash, session))

    def renew_session(self, token_hash: str, session: Session) -> None:
        ended = self._client.exceptions.ConditionalCheckFailedException
        with self._speaking(_WRITE), suppress(ended):
            self._client.put_item(
                TableName=self._table,
                Item=self._item(token_hash, session),
                ConditionExpression="attribute_exists(pk)",
            )

    def end_session(self, token_hash: str) -> None:
        keys: dict[str, AttributeValueTypeDef] = {
            "pk": {"S": f"SESSION#{token_hash}"},
            "sk": {"S": "SESSION"},
        }
        with self._speaking(_WRITE):
            self._client.delete_item(TableName=self._table, Key=keys)

    def _item(self, token_hash: str, session: Session) -> "dict[str, AttributeValueTypeDef]":
        return {
            "pk": {"S": f"SESSION#{token_hash}"},
            "sk": {"S": "SESSION"},
            "key": {"S": session.key_hash},
            "begun_at": {"S": session.begun_at.isoformat()},
            "seen_at": {"S": session.seen_at.isoformat()},
            "expires": {"N": str(int(session.ends_at.timestamp()))},
        }

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
