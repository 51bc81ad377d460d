"""Which adapters media runs on, in the order they are put together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

from chassis.calls import ObservedRedis, observe_calls
from chassis.seal import Sealer
from chassis.spans import begin_spans
from media.adapters import dynamodb_catalogue, s3
from media.adapters.deadline import Deadline
from media.adapters.dynamodb_catalogue import DynamoCatalogue
from media.adapters.dynamodb_spool import DynamoSpool
from media.adapters.dynamodb_table import DynamoTable
from media.adapters.pooled_pictures import PooledPictures
from media.adapters.redis_catalogue import RedisCatalogue
from media.adapters.redis_leases import RedisLeases
from media.adapters.redis_tally import RedisTally
from media.adapters.s3_originals import S3Originals
from media.adapters.s3_parcels import S3Parcels
from media.adapters.s3_renditions import S3Renditions
from media.app import create_app
from media.count import settle_until
from media.ports import Catalogue, Leases, Originals, Parcels, Renditions, Tally
from media.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_THREADS = 64  # calls to AWS and Redis under way at once, twice what gunicorn's threads can make
_REDIS_TIMEOUT = 0.1
_REDIS_WITHIN = 0.3  # covers the first call on a new connection, too


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything is kept."""

    catalogue: Catalogue
    originals: Originals
    renditions: Renditions
    parcels: Parcels
    tally: Tally
    leases: Leases


def build(settings: Settings, stop: Event) -> Flask:
    """The media application on DynamoDB, S3, Redis and libvips in processes of its own.

    What it counts gets to the records in the background; ``stop`` ends that.
    """
    stores = open_stores(settings)
    Thread(
        target=settle_until,
        args=(stop, stores.tally, stores.catalogue, stores.originals),
        name="settle",
        daemon=True,
    ).start()
    return create_app(
        stores.catalogue,
        stores.originals,
        stores.renditions,
        stores.parcels,
        PooledPictures(),
        Sealer(settings.internal_secrets),
        stores.tally,
        stores.leases,
        begin_spans("media", settings.route_redis_url),
    )


def open_stores(settings: Settings) -> Stores:
    """The stores on DynamoDB, S3 and Redis.

    Region, credentials and an emulator's address reach boto3 through its own environment
    variables, so nothing here knows where it runs. Nothing is asked of them before they are used.
    """
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="call")
    dynamodb_reader = _dynamodb(dynamodb_catalogue.READING)
    dynamodb_writer = _dynamodb(dynamodb_catalogue.WRITING)
    name = settings.catalogue_table
    table = DynamoCatalogue(
        reader=dynamodb_reader, writer=dynamodb_writer, table=name, threads=threads
    )
    spool = DynamoSpool(
        DynamoTable(reader=dynamodb_reader, writer=dynamodb_writer, name=name, threads=threads)
    )
    redis = ObservedRedis.from_url(
        settings.redis_url,
        socket_timeout=_REDIS_TIMEOUT,
        socket_connect_timeout=_REDIS_TIMEOUT,
        retry=Retry(NoBackoff(), 0),  # a cache worth waiting for is not a cache
    )
    reader = _s3(s3.READING)
    writer = _s3(s3.WRITING)
    # Deleting twice leaves two markers, of which only one would ever be taken away again.
    once = _s3(s3.WRITING.merge(Config(retries={"total_max_attempts": 1})))
    public = _public(reader, settings.s3_public_url)
    return Stores(
        catalogue=RedisCatalogue(
            table, redis, ttl=settings.cache_ttl, deadline=Deadline(_REDIS_WITHIN, threads)
        ),
        tally=RedisTally(redis, Deadline(_REDIS_WITHIN, threads), spool),
        originals=S3Originals(
            reader=reader,
            writer=writer,
            once=once,
            public=public,
            bucket=settings.originals_bucket,
            threads=threads,
        ),
        renditions=S3Renditions(
            reader=_s3(s3.READING_HASHED),
            writer=writer,
            bucket=settings.renditions_bucket,
            threads=threads,
        ),
        leases=RedisLeases(redis, deadline=Deadline(_REDIS_WITHIN, threads)),
        parcels=S3Parcels(
            reader=reader,
            writer=writer,
            public=public,
            bucket=settings.originals_bucket,
            threads=threads,
        ),
    )


def _dynamodb(config: Config) -> "DynamoDBClient":
    client = boto3.client("dynamodb", config=config)
    observe_calls(client.meta.events, "dynamodb")
    return client


def _s3(config: Config) -> "S3Client":
    client = boto3.client("s3", config=config)
    observe_calls(client.meta.events, "s3")
    return client


def _public(reader: "S3Client", told: str | None) -> "S3Client":
    """What signs links, which name the address of the client that signed them.

    A browser must reach that: what was ``told``, else whatever ``reader`` asks.
    """
    if told is not None:
        return boto3.client("s3", config=s3.LINKING_ELSEWHERE, endpoint_url=told)
    if reader.meta.endpoint_url.startswith(f"https://s3.{reader.meta.region_name}."):
        return boto3.client("s3", config=s3.LINKING)
    return reader  # of an address of somebody's own, where a bucket may have no name in DNS
