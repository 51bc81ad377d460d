"""The emulated AWS with so many records in a table: ``python -m bench.feed.emulator 1000000``.

Written through its API they would take hours and more than 14 GB: every attribute is a dictionary
of its own. So the items are put where its own writes put them, before it listens; attributes of
equal value are one object, as two records differ in few.
"""

import gc
import json
import sys
from typing import Any

from ministack import app
from ministack.services import dynamodb

from bench.feed.records import DEFINITION, DIFFER, TABLE, items


def _fill(records: int) -> None:
    made, _, answer = dynamodb._create_table(DEFINITION)  # noqa: SLF001
    if made != 200:
        raise SystemExit(f"the table was not made: {answer!r}")
    table = dynamodb._tables[TABLE]  # noqa: SLF001
    known: dict[str, Any] = {}
    for item in items(records):
        shared = {
            name: value if name in DIFFER else known.setdefault(json.dumps(value), value)
            for name, value in item.items()
        }
        dynamodb._set_item(table, item["pk"]["S"], item["sk"]["S"], shared)  # noqa: SLF001


if __name__ == "__main__":
    gc.disable()  # it would look through all of them again and again, and find nothing to free
    _fill(int(sys.argv.pop()))
    gc.freeze()
    gc.enable()
    app.main()
