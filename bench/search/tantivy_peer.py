"""Tantivy through its own Python package, asked the same."""

import time
from collections.abc import Iterable
from importlib.metadata import version
from math import isinf

import tantivy
from tantivy import FieldType, Occur, Query

from bench.search.wanted import FACETS, Wanted, classes, said
from search.domain.wallpaper import Wallpaper


class TantivyPeer:
    """In memory, so that no disk is measured; every field indexed the way it is asked for."""

    name = f"tantivy {version('tantivy')}"

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_bytes_field("document", stored=True)
        builder.add_text_field("said", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("tag", tokenizer_name="raw", index_option="basic")
        for name in FACETS:
            builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
        for name in ("width", "height", "created"):
            builder.add_integer_field(name, indexed=True, fast=True)
        builder.add_float_field("ratio", indexed=True, fast=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._writer = self._index.writer(heap_size=512_000_000, num_threads=1)

    def fill(self, wallpapers: Iterable[Wallpaper]) -> None:
        """Take in ``wallpapers``, after which there can be no more."""
        for each in wallpapers:
            document = tantivy.Document()
            document.add_text("id", each.id)
            document.add_bytes("document", each.document.encode())
            document.add_text("said", said(each))
            for tag in each.tags:
                document.add_text("tag", tag)
            for name, value in classes(each):
                document.add_text(name, value)
            document.add_integer("width", each.width)
            document.add_integer("height", each.height)
            document.add_integer("created", round(each.created.timestamp() * 1e6))
            document.add_float("ratio", each.ratio)
            self._writer.add_document(document)

    def finish(self) -> None:
        """Get ready to be searched."""
        self._writer.commit()
        self._writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(
        self, asked: Wanted, limit: int
    ) -> tuple[float, int, tuple[str, ...], dict[str, int]]:
        """Milliseconds of CPU, how many match, the ids of a page, and the counts of facets."""
        begun = time.thread_time()
        query = self._query(asked)
        later = None
        if asked.before is not None:
            later = self._range("created", FieldType.Integer, None, asked.before)
        order = None if asked.words else "created"
        if later is None:
            found = self._searcher.search(query, limit, count=True, order_by_field=order)
            total = found.count
        else:
            paged = Query.boolean_query([(Occur.Must, query), (Occur.Must, later)])
            total = self._searcher.search(query, 1, count=True).count
            found = self._searcher.search(paged, limit, count=False, order_by_field=order)
        ids, documents = [], []
        for _, address in found.hits:
            document = self._searcher.doc(address)
            ids.append(document["id"][0])
            documents.append(document["document"][0])
        facets = self._facets(query) if asked.facets else {}
        return (time.thread_time() - begun) * 1000, total, tuple(ids), facets

    def close(self) -> None:
        """Leave nothing behind."""

    def _query(self, asked: Wanted) -> Query:
        parts = [(Occur.Must, Query.const_score_query(self._term("rating", "safe"), 0.0))]
        parts += [(Occur.Must, self._term("said", word, "freq")) for word in asked.words]
        parts += [(Occur.Must, self._term("tag", tag)) for tag in asked.tags]
        parts += [(Occur.MustNot, self._term("tag", tag)) for tag in asked.without]
        if asked.least:
            for name in ("width", "height"):
                least = getattr(asked.least, name)
                parts.append((Occur.Must, self._range(name, FieldType.Integer, least, None)))
        if asked.ratio:
            low, high = asked.ratio
            most = None if isinf(high) else high
            parts.append((Occur.Must, self._range("ratio", FieldType.Float, low, most)))
        return Query.boolean_query(parts)

    def _term(self, name: str, value: str, option: str = "basic") -> Query:
        return Query.term_query(self._schema, name, value, option)

    def _range(self, name: str, kind: FieldType, low: float | None, high: float | None) -> Query:
        return Query.range_query(self._schema, name, kind, low, high)

    def _facets(self, query: Query) -> dict[str, int]:
        wanted = {name: {"terms": {"field": name, "size": 40}} for name in FACETS}
        told = self._searcher.aggregate(query, wanted)
        return {
            f"{name}:{bucket['key']}": int(bucket["doc_count"])
            for name in FACETS
            for bucket in told[name]["buckets"]
        }
