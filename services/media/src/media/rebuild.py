"""Puts lost records back from the sidecars: ``python -m media.rebuild``."""

import logging
import os
from logging.config import dictConfig

from chassis.logs import logging_config
from media.restore import restore_lost
from media.settings import Settings
from media.wiring import open_stores

log = logging.getLogger(__name__)


def main() -> None:
    """Put back what is missing and say what was."""
    dictConfig(logging_config("media", quiet=("botocore", "urllib3")))
    stores = open_stores(Settings.from_env(os.environ))
    done = restore_lost(stores.catalogue, stores.originals)
    facts = {"read": done.read, "put_back": done.put_back, "refused": done.refused}
    log.info(
        "%d of %d records put back from their sidecars",
        len(done.put_back),
        done.read,
        extra={"facts": facts},
    )


if __name__ == "__main__":
    main()
