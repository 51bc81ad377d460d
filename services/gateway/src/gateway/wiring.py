"""What the gateway runs on, in the order it is put together."""

from threading import Thread

import boto3
from botocore.config import Config
from flask import Flask

from chassis.calls import observe_calls
from chassis.seal import Sealer
from chassis.spans import begin_spans, route_redis
from gateway.adapters.dynamodb_accounts import DynamoAccounts
from gateway.adapters.file_drawer import FileDrawer
from gateway.adapters.gevent_patience import patience
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.adapters.redis_journeys import RedisJourneys
from gateway.adapters.socket_upstream import SocketUpstream
from gateway.app import create_app
from gateway.domain.service import Service
from gateway.enrol import Enrolment
from gateway.settings import Settings
from gateway.web.keeping import Keeping

# Whether a key is right must be known in a second and a half, or not at all.
AWS = Config(
    connect_timeout=0.5,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=32,
)


def build(settings: Settings) -> Flask:
    """The gateway on DynamoDB, search and media.

    Region, credentials and an emulator's endpoint reach boto3 through its own environment
    variables. The administrator is enrolled in the background: it needs DynamoDB, and the
    gateway starts without.
    """
    dynamodb = boto3.client("dynamodb", config=AWS)
    observe_calls(dynamodb.meta.events, "dynamodb")
    accounts = DynamoAccounts(dynamodb, settings.accounts_table, patience)
    file, url = settings.admin_key_file, settings.route_redis_url
    enrolment = Enrolment(
        accounts, MemoryDrawer() if file is None else FileDrawer(file), settings.admin_key
    )
    app = create_app(
        {
            Service.SEARCH: SocketUpstream(settings.search_url, patience),
            Service.MEDIA: SocketUpstream(settings.media_url, patience),
        },
        accounts,
        enrolment,
        sealer=Sealer(settings.secrets),
        patience=patience,
        public_url=settings.public_url,
        proxies=settings.proxies,
        upload_origin=settings.upload_origin,
        journeys=None if url is None else RedisJourneys(route_redis(url)),
        keeping=Keeping(begin_spans("gateway", url)),
    )
    Thread(target=enrolment.run, name="enrolment", daemon=True).start()
    return app
