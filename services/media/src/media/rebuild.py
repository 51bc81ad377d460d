"""Puts lost records back from the sidecars: ``python -m media.rebuild``."""

import logging
import os

from chassis.logs import configure_logs
from media.restore import restore_lost
from media.settings import Settings
from media.wiring import open_stores

log = logging.getLogger(__name__)


def main() -> None:
    """Put back what is missing and say what was."""
    configure_logs("media")
    stores = open_stores(Settings.from_env(os.environ))
    done = restore_lost(stores.catalogue, stores.originals)
    facts = {"read": done.read, "put_back": done.put_back, "refused": done.refused}
    log.info("records compared with their sidecars", extra={"facts": facts})


if __name__ == "__main__":
    main()
