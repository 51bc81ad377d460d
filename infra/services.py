"""The services as AWS runs them. A new one is a directory in services/ and a row here."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Grant:
    """What a task may do with a store.

    Attributes:
        actions: Each by its name.
        area: Of the parameter that names the store: ``/paperroute/<environment>/<area>/<name>``.
        name: Likewise.
        within: Which keys of a bucket, such as ``originals/*``; ``None`` is the store itself.
    """

    actions: tuple[str, ...]
    area: str
    name: str
    within: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """What one service needs.

    Attributes:
        name: As in services/, in the compose file and in the addresses the others call.
        calls: The services it asks.
        paths: What the load balancer sends it; nothing, if only services ask it.
        priority: Of that rule among the others; the smallest is asked first.
        longest_request: Seconds that an answer may take.
        settings: Its environment; ``{area/name}`` stands for what a part told under that name,
            ``{site}`` for the site's own address, ``{region}`` for where it runs.
        secrets: Settings that Secrets Manager keeps, by the name of the secret.
        grants: What its tasks may do in AWS.
        cached: Whether it speaks to the cache.
        nightly: A command of its image that is run every night, if there is one.
        slow: Milliseconds that nineteen of twenty answers stay under.
    """

    name: str
    calls: tuple[str, ...]
    paths: tuple[str, ...]
    priority: int
    longest_request: int
    slow: int
    settings: Mapping[str, str]
    secrets: Mapping[str, str]
    grants: tuple[Grant, ...] = ()
    cached: bool = False
    nightly: tuple[str, ...] = field(default=())


_CACHE = "rediss://{cache/address}:6379/0"
_ROUTES = {"PAPERROUTE_ROUTE_REDIS_URL": _CACHE}
_INTERNAL = {"PAPERROUTE_INTERNAL_SECRET": "internal-secret"}

SERVICES: Mapping[str, Service] = {
    service.name: service
    for service in (
        Service(
            name="search",
            calls=("media",),
            paths=(),
            priority=0,
            longest_request=30,
            slow=500,
            settings={
                "SEARCH_MEDIA_URL": "http://media:8000",
                "SEARCH_SNAPSHOTS_BUCKET": "{data/snapshots}",
                **_ROUTES,
            },
            secrets=_INTERNAL,
            cached=True,
            grants=(
                Grant(("s3:ListBucket",), "data", "snapshots"),
                Grant(
                    ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
                    "data",
                    "snapshots",
                    within="*",
                ),
            ),
        ),
        Service(
            name="media",
            calls=(),
            paths=("/i/*",),
            priority=10,
            longest_request=90,
            slow=5000,
            settings={
                "MEDIA_CATALOGUE_TABLE": "{data/catalogue}",
                "MEDIA_ORIGINALS_BUCKET": "{data/originals}",
                "MEDIA_RENDITIONS_BUCKET": "{data/renditions}",
                "MEDIA_REDIS_URL": _CACHE,
                **_ROUTES,
            },
            secrets=_INTERNAL,
            grants=(
                Grant(
                    (
                        "dynamodb:BatchGetItem",
                        "dynamodb:ConditionCheckItem",
                        "dynamodb:DeleteItem",
                        "dynamodb:GetItem",
                        "dynamodb:PutItem",
                        "dynamodb:Query",
                        "dynamodb:UpdateItem",
                    ),
                    "data",
                    "catalogue",
                ),
                Grant(("s3:ListBucket", "s3:ListBucketVersions"), "data", "originals"),
                Grant(
                    # A version: the marker of a deletion that is taken back.
                    ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"),
                    "data",
                    "originals",
                    within="originals/*",
                ),
                # What comes straight from browsers, and leaves nothing behind once it is taken in.
                Grant(
                    (
                        "s3:AbortMultipartUpload",
                        "s3:DeleteObject",
                        "s3:DeleteObjectVersion",
                        "s3:GetObject",
                        "s3:ListMultipartUploadParts",
                        "s3:PutObject",
                    ),
                    "data",
                    "originals",
                    within="incoming/*",
                ),
                # How far the nightly scrub got.
                Grant(("s3:GetObject", "s3:PutObject"), "data", "originals", within="keeping/*"),
                Grant(("s3:ListBucket",), "data", "renditions"),
                Grant(("s3:GetObject", "s3:PutObject"), "data", "renditions", "renditions/*"),
                # What CloudFront finds without asking: laid out by media, and taken away again.
                Grant(("s3:DeleteObject", "s3:PutObject"), "data", "renditions", "i/*"),
            ),
            cached=True,
            # Each says in JSON what it found; the second runs whatever the first ended with.
            nightly=(
                "sh",
                "-c",
                (
                    "python -m media.command sweep --apply --json; swept=$?; "
                    "python -m media.command scrub --share 0.01 --apply --json && exit $swept"
                ),
            ),
        ),
        Service(
            name="gateway",
            calls=("search", "media"),
            paths=("/*",),
            priority=1000,
            longest_request=95,
            slow=1500,
            settings={
                "GATEWAY_SEARCH_URL": "http://search:8000",
                "GATEWAY_MEDIA_URL": "http://media:8000",
                "GATEWAY_ACCOUNTS_TABLE": "{data/accounts}",
                "GATEWAY_PUBLIC_URL": "{site}",
                # As media's links name it: pages may send parts of uploads there.
                "GATEWAY_UPLOAD_ORIGIN": "https://{data/originals}.s3.{region}.amazonaws.com",
                # CloudFront and the load balancer.
                "GATEWAY_PROXIES": "2",
                **_ROUTES,
            },
            cached=True,
            secrets={**_INTERNAL, "PAPERROUTE_ADMIN_KEY": "admin-key"},
            grants=(
                Grant(
                    (
                        "dynamodb:ConditionCheckItem",
                        "dynamodb:DeleteItem",
                        "dynamodb:GetItem",
                        "dynamodb:PutItem",
                        "dynamodb:UpdateItem",
                    ),
                    "data",
                    "accounts",
                ),
            ),
        ),
    )
}
