"""What the gateway runs on, in the order it is put together."""

from threading import Thread

import boto3
from botocore.config import Config
from flask import Flask

from chassis.seal import Sealer
from gateway.adapters.dynamodb_accounts import DynamoAccounts
from gateway.adapters.file_drawer import FileDrawer
from gateway.adapters.gevent_patience import patience
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.adapters.socket_upstream import SocketUpstream
from gateway.app import create_app
from gateway.domain.service import Service
from gateway.enrol import Enrolment
from gateway.settings import Settings

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
    accounts = DynamoAccounts(dynamodb, settings.accounts_table, patience)
    file = settings.admin_key_file
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
    )
    Thread(target=enrolment.run, name="enrolment", daemon=True).start()
    return app
