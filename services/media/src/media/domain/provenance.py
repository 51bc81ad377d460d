"""Who made a picture, under which licence and whether a machine did, as the file itself says.

What is found is an offer: it stands where whoever uploads the picture says nothing. It is read
from bytes of strangers, so in the decoder's process, within bounds, and never believed to be
well-formed.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from media.domain.container import attachments

_LONGEST_PACKET = 1024**2
_LONGEST_TEXT = 65_536
_MOST_TAGS = 512
_MOST_ELEMENTS = 20_000

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CC = "{http://creativecommons.org/ns#}"
_RIGHTS = "{http://ns.adobe.com/xap/1.0/rights/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_IPTC_EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"

_ARTIST, _COPYRIGHT, _SOFTWARE, _DESCRIPTION = 0x013B, 0x8298, 0x0131, 0x010E
_EXIF_IFD, _USER_COMMENT, _XP_AUTHOR = 0x8769, 0x9286, 0x9C9D
_BY_LINE, _NOTICE = (2, 80), (2, 116)

_CC_URL = re.compile(r"creativecommons\.org/licenses/([a-z-]{2,8})/(\d\.\d)", re.IGNORECASE)
_CC_NAME = re.compile(
    r"\bCC[ -]?BY(?:[ -](NC|SA|ND))?(?:[ -](SA|ND))?[ -]?v?(\d\.\d)", re.IGNORECASE
)
_CC0 = re.compile(
    r"creativecommons\.org/publicdomain/zero|\bCC[ -]?0\b|\bCC ?Zero\b", re.IGNORECASE
)
_PUBLIC_DOMAIN = re.compile(r"creativecommons\.org/publicdomain/mark", re.IGNORECASE)
_RESERVED = re.compile(r"\ball rights reserved\b", re.IGNORECASE)
_CC_KINDS = {"by", "by-sa", "by-nc", "by-nd", "by-nc-sa", "by-nc-nd"}
_HOLDER = re.compile(
    r"^(?:\s|©|\(c\)|copyright|\d{4}(?:\s*[-\u2013,]\s*\d{4})?|by\b|[,.:;-])+",
    re.IGNORECASE,
)

_TRAINED = re.compile(rb"(?:compositeWith)?TrainedAlgorithmicMedia", re.IGNORECASE)
_BY_PEOPLE = {
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "humanEdits",
    "digitalCreation",
    "digitalArt",
}
_GENERATORS = re.compile(
    r"midjourney|dall[\W_]?e\b|stable ?diffusion|novelai|invokeai|comfyui|adobe firefly|"
    r"bing image creator|leonardo\.ai|ideogram|automatic1111|fooocus|draw things|"
    r"gpt-?4o|gpt-?image|\bimagen\b|gemini|black forest labs|flux\.1",
    re.IGNORECASE,
)
_SETTINGS = re.compile(r"\bSteps: \d+.*\b(?:Sampler|Seed|CFG scale): ", re.DOTALL)
_JOB = re.compile(r"\bJob ID: [0-9a-f-]{36}|\s--(?:v|niji|ar|stylize) [\d.:]+", re.IGNORECASE)
_GRAPH = re.compile(r'"class_type"\s*:|"nodes"\s*:|"last_node_id"\s*:')
_MARKS = (
    (frozenset({"software"}), _GENERATORS),
    (frozenset({"prompt", "workflow"}), _GRAPH),
    (frozenset({"description", "comment"}), _JOB),
    (frozenset[str](), _SETTINGS),  # under any name
)
_OF_GENERATORS = {"sd-metadata", "invokeai_metadata", "invokeai_graph", "dream", "generation_data"}


@dataclass(slots=True)
class _Findings:
    """What was found so far; the first word on a thing stands."""

    creator: str | None = None
    holder: str | None = None
    creator_url: str | None = None
    source: str | None = None
    license: str | None = None
    ai: str | None = None

    def artist(self, name: str) -> None:
        self.creator = self.creator or name.strip() or None

    def rights(self, text: str) -> None:
        self.license = self.license or license_of(text)
        holder = _RESERVED.sub("", _HOLDER.sub("", text.strip())).strip(" .,;-|")
        if not (license_of(holder) or re.search(r"https?://|\n", holder) or len(holder) > 100):
            self.holder = self.holder or holder or None

    def machine(self, made: bool) -> None:
        if self.ai != "yes":
            self.ai = "yes" if made else "no"

    def software(self, name: str) -> None:
        if _GENERATORS.search(name):
            self.machine(made=True)


def provenance(data: bytes) -> Mapping[str, str]:
    """What a picture's file says of where it comes from, by the names of our own fields.

    Args:
        data: A file that ``container.examine`` has let pass.

    Returns:
        Any of ``creator``, ``creator_url``, ``source``, ``license`` and ``ai``, as texts that may
        still be unfit to keep.

    Source:
        Exif 2.32; IPTC Photo Metadata Standard 2023.2 with its Digital Source Type vocabulary; XMP
        (ISO 16684-1), Dublin Core and ccREL; C2PA 2.1. The marks of generators are those that
        Stable Diffusion web UI, ComfyUI, InvokeAI, NovelAI and Midjourney write.
    """
    found = _Findings()
    for kind, name, body in attachments(data, longest=_LONGEST_PACKET):
        _READERS[kind](name, body, found)
    said = {
        "creator": found.creator or found.holder,
        "creator_url": found.creator_url,
        "source": found.source,
        "license": found.license,
        "ai": found.ai,
    }
    return {field: text[:2000] for field, text in said.items() if text}


def license_of(text: str) -> str | None:
    """The id, after SPDX, of the licence that a text or an address names.

    Example:
        >>> license_of("https://creativecommons.org/licenses/by-sa/4.0/")
        'cc-by-sa-4.0'
        >>> license_of("(c) Ada Lovelace, CC BY 4.0")
        'cc-by-4.0'
    """
    if (url := _CC_URL.search(text)) and url[1].lower() in _CC_KINDS:
        return f"cc-{url[1].lower()}-{url[2]}"
    if name := _CC_NAME.search(text):
        parts = [part.lower() for part in name.groups()[:2] if part]
        return "-".join(["cc", "by", *parts, name[3]])
    if _CC0.search(text):
        return "cc0-1.0"
    if _PUBLIC_DOMAIN.search(text):
        return "cc-pdm-1.0"
    return "all-rights-reserved" if _RESERVED.search(text) else None


def _from_exif(_: str, body: bytes, found: _Findings) -> None:
    for tag, value in _exif_tags(body.removeprefix(b"Exif\0\0")):
        match tag:
            case _ if tag == _ARTIST:
                found.artist(_decoded(value))
            case _ if tag == _XP_AUTHOR:
                found.artist(value.decode("utf-16-le", "replace").rstrip("\0"))
            case _ if tag == _COPYRIGHT:  # the photographer's, a zero byte, the editor's
                found.rights(_decoded(value.partition(b"\0")[0]))
            case _ if tag == _SOFTWARE:
                found.software(_decoded(value))
            case _ if tag == _DESCRIPTION:
                _from_text("description", value, found)
            case _ if tag == _USER_COMMENT:
                _from_text("usercomment", _user_comment(value), found)


def _exif_tags(tiff: bytes) -> Iterator[tuple[int, bytes]]:
    """The texts of the first directory and of Exif's own, of a TIFF that may be nonsense."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return
    directories = [struct.unpack_from(order + "I", tiff, 4)[0]]
    for at in directories:  # Exif's own is added on the way
        if at + 2 > len(tiff):
            continue
        count = min(struct.unpack_from(order + "H", tiff, at)[0], _MOST_TAGS)
        for entry in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
            tag, kind, length, value = struct.unpack_from(order + "HHII", tiff, entry)
            if tag == _EXIF_IFD and len(directories) == 1:
                directories.append(value)
            if kind in {1, 2, 7, 129}:  # bytes and texts
                start = value if length > 4 else entry + 8
                yield tag, tiff[start : start + min(length, _LONGEST_TEXT)]


def _user_comment(value: bytes) -> bytes:
    code, text = value[:8], value[8:]
    if code.startswith(b"UNICODE"):
        wide = "utf-16-be" if text[:1] == b"\0" else "utf-16-le"
        return text.decode(wide, "replace").encode()
    return text


def _from_iptc(_: str, body: bytes, found: _Findings) -> None:
    for dataset, value in _iptc_datasets(body):
        if dataset == _BY_LINE:
            found.artist(_decoded(value))
        elif dataset == _NOTICE:
            found.rights(_decoded(value))


def _iptc_datasets(body: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    at = 0
    for _ in range(_MOST_TAGS):
        if body[at : at + 1] != b"\x1c" or at + 5 > len(body):
            return
        record, number, length = struct.unpack_from(">BBH", body, at + 1)
        if length & 0x8000:  # longer than any text that we want
            return
        yield (record, number), body[at + 5 : at + 5 + length]
        at += 5 + length


def _from_xmp(_: str, body: bytes, found: _Findings) -> None:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return
    try:
        root = ET.fromstring(body.strip(b"\0 \r\n\t"))  # noqa: S314 - without entities
    except (ET.ParseError, ValueError):
        return
    for count, element in enumerate(root.iter()):
        if count > _MOST_ELEMENTS:
            return
        for name, value in (*element.attrib.items(), (element.tag, _said_by(element))):
            if value and (read := _XMP_FIELDS.get(name)):
                read(found, value[:_LONGEST_TEXT])


def _said_by(element: ET.Element) -> str:
    """A property's value: its own text, the address that it names, or the items of its list."""
    if address := element.get(f"{_RDF}resource"):
        return address
    items = [item.text.strip() for item in element.iter(f"{_RDF}li") if item.text]
    return ", ".join(filter(None, items)) or (element.text or "").strip()


def _source_type(found: _Findings, value: str) -> None:
    kind = value.rstrip("/").rpartition("/")[2]
    if _TRAINED.fullmatch(kind.encode()):
        found.machine(made=True)
    elif kind in _BY_PEOPLE:
        found.machine(made=False)


def _license(found: _Findings, value: str) -> None:
    found.license = found.license or license_of(value)


def _creator_url(found: _Findings, value: str) -> None:
    found.creator_url = found.creator_url or value


def _source(found: _Findings, value: str) -> None:
    if value.startswith(("http://", "https://")):
        found.source = found.source or value


_XMP_FIELDS: Mapping[str, Callable[[_Findings, str], None]] = {
    f"{_DC}creator": _Findings.artist,
    f"{_CC}attributionName": _Findings.artist,
    f"{_DC}rights": _Findings.rights,
    f"{_RIGHTS}UsageTerms": _license,
    f"{_RIGHTS}WebStatement": _license,
    f"{_CC}license": _license,
    f"{_CC}attributionURL": _creator_url,
    f"{_DC}source": _source,
    f"{_XMP}CreatorTool": _Findings.software,
    f"{_IPTC_EXT}DigitalSourceType": _source_type,
}


def _from_c2pa(_: str, body: bytes, found: _Findings) -> None:
    """A signed history says what made the picture; that there is one says nothing by itself."""
    if _TRAINED.search(body) or _GENERATORS.search(body.decode("latin-1")):
        found.machine(made=True)


def _from_text(name: str, body: bytes, found: _Findings) -> None:
    key, text = name.lower(), _decoded(body[:_LONGEST_TEXT])
    if key in _OF_GENERATORS or any(
        mark.search(text) for keys, mark in _MARKS if key in keys or not keys
    ):
        found.machine(made=True)
    elif key == "author":
        found.artist(text)
    elif key == "copyright":
        found.rights(text)
    elif key == "source":
        _source(found, text)


def _decoded(value: bytes) -> str:
    text = value.rstrip(b"\0 ")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


_READERS: Mapping[str, Callable[[str, bytes, _Findings], None]] = {
    "exif": _from_exif,
    "xmp": _from_xmp,
    "iptc": _from_iptc,
    "c2pa": _from_c2pa,
    "text": _from_text,
}
