"""What a file says of where it comes from, written as others write it."""

import io
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage
from PIL.PngImagePlugin import PngInfo

from media.domain.provenance import license_of, provenance
from tests.support.hostile import chunk
from tests.support.media_builders import a_file

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/" xmlns:cc="http://creativecommons.org/ns#"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" {attributes}>{elements}
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SUFFIXES = [".jpg", ".png", ".webp"]
A1111 = "a pine ridge\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"


def _xmp(elements: str = "", attributes: str = "") -> bytes:
    return XMP.format(elements=elements, attributes=attributes).encode()


def _with_xmp(suffix: str, packet: bytes) -> bytes:
    """A picture with an XMP packet, where its format keeps one."""
    if suffix == ".png":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        return a_file(64, 64, suffix=suffix, pnginfo=info)
    return a_file(64, 64, suffix=suffix, xmp=packet)


def _with_exif(suffix: str, tags: dict[int, object]) -> bytes:
    exif = PillowImage.Exif()
    for tag, value in tags.items():
        exif[tag] = value
    return a_file(64, 64, suffix=suffix, exif=exif)


def _with_text(**texts: str) -> bytes:
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    return a_file(64, 64, suffix=".png", pnginfo=info)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exif_names_its_artist_and_the_licence(suffix: str) -> None:
    data = _with_exif(suffix, {0x013B: "Ada Lovelace", 0x8298: "(c) 2024 Ada, CC BY-SA 4.0"})

    assert provenance(data) == {"creator": "Ada Lovelace", "license": "cc-by-sa-4.0"}


def test_a_notice_names_the_creator_where_nobody_else_does() -> None:
    data = _with_exif(
        ".jpg", {0x8298: "Copyright (c) 2019-2024 Ada Lovelace. All rights reserved."}
    )

    assert provenance(data) == {"creator": "Ada Lovelace", "license": "all-rights-reserved"}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_xmp_names_creators_licence_and_address(suffix: str) -> None:
    packet = _xmp(
        "<dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li><rdf:li>Bob</rdf:li></rdf:Seq>"
        "</dc:creator>"
        '<cc:license rdf:resource="https://creativecommons.org/licenses/by-nc/4.0/"/>'
        '<cc:attributionURL rdf:resource="https://ada.example/"/>'
        "<dc:source>https://ada.example/pine.jpg</dc:source>"
    )

    assert provenance(_with_xmp(suffix, packet)) == {
        "creator": "Ada Lovelace, Bob",
        "creator_url": "https://ada.example/",
        "source": "https://ada.example/pine.jpg",
        "license": "cc-by-nc-4.0",
    }


def test_a_web_statement_and_usage_terms_name_a_licence_too() -> None:
    as_attribute = _xmp(
        attributes='xmpRights:WebStatement="http://creativecommons.org/publicdomain/zero/1.0/"'
    )
    terms = "<rdf:Alt><rdf:li xml:lang='x-default'>This work is CC BY 3.0</rdf:li></rdf:Alt>"

    assert provenance(_with_xmp(".jpg", as_attribute))["license"] == "cc0-1.0"
    assert provenance(
        _with_xmp(".jpg", _xmp(f"<xmpRights:UsageTerms>{terms}</xmpRights:UsageTerms>"))
    ) == {"license": "cc-by-3.0"}


def test_iptc_of_photoshop_is_read() -> None:
    sets = b"".join(
        b"\x1c\x02" + bytes([number]) + struct.pack(">H", len(text)) + text
        for number, text in ((80, b"Ada Lovelace"), (116, "© Ada, CC0".encode()))
    )
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(sets)) + sets + b"\0" * (len(sets) % 2)
    body = b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0\0\0\0\x02ab" + resource
    data = a_file(64, 64)
    data = data[:2] + b"\xff\xed" + struct.pack(">H", len(body) + 2) + body + data[2:]

    assert provenance(data) == {"creator": "Ada Lovelace", "license": "cc0-1.0"}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("kind", "ai"),
    [
        ("trainedAlgorithmicMedia", "yes"),
        ("compositeWithTrainedAlgorithmicMedia", "yes"),
        ("digitalCapture", "no"),
        ("algorithmicMedia", None),
    ],
)
def test_the_digital_source_type_says_whether_a_machine_made_it(
    suffix: str, kind: str, ai: str | None
) -> None:
    packet = _xmp(attributes=f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}{kind}"')

    assert provenance(_with_xmp(suffix, packet)).get("ai") == ai


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_with_text(parameters=A1111), id="Stable Diffusion web UI"),
        pytest.param(
            _with_text(prompt=json.dumps({"3": {"class_type": "KSampler", "inputs": {}}})),
            id="ComfyUI prompt",
        ),
        pytest.param(_with_text(workflow='{"last_node_id": 9, "nodes": []}'), id="ComfyUI graph"),
        pytest.param(
            _with_text(
                Description="pine ridge --v 6.1 Job ID: 1f0e9a7e-1c55-4d80-a9b9-0a1b2c3d4e5f"
            ),
            id="Midjourney",
        ),
        pytest.param(_with_text(Software="NovelAI", Comment="{}"), id="NovelAI"),
        pytest.param(_with_text(invokeai_metadata="{}"), id="InvokeAI"),
        pytest.param(_with_exif(".jpg", {0x0131: "Adobe Firefly"}), id="a generator's name"),
        pytest.param(_with_exif(".webp", {0x010E: A1111}), id="settings in EXIF"),
    ],
)
def test_generators_of_pictures_leave_marks(data: bytes) -> None:
    assert provenance(data)["ai"] == "yes"


def _user_comment(code: bytes, text: bytes) -> bytes:
    """A JPEG with a UserComment in Exif's own directory, as the web UI writes it."""
    value = code + text
    ifd0 = struct.pack(">HHHIII", 1, 0x8769, 4, 1, 26, 0)
    exif = struct.pack(">HHHIII", 1, 0x9286, 7, len(value), 44, 0)
    body = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + ifd0 + exif + value
    data = a_file(64, 64)
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (b"UNICODE\0", A1111.encode("utf-16-be")),
        (b"UNICODE\0", A1111.encode("utf-16-le")),
        (b"ASCII\0\0\0", A1111.encode()),
    ],
)
def test_settings_in_a_user_comment_are_a_mark(code: bytes, text: bytes) -> None:
    assert provenance(_user_comment(code, text)) == {"ai": "yes"}


def test_a_signed_history_counts_by_what_it_says() -> None:
    data = a_file(64, 64, suffix=".png")

    def signed(manifest: bytes) -> bytes:
        return data[:33] + chunk(b"caBX", b"\0\0\0\x20jumbjumdc2pa" + manifest) + data[33:]

    assert provenance(signed(f"{SOURCE_TYPE}trainedAlgorithmicMedia".encode())) == {"ai": "yes"}
    assert provenance(signed(b"claim_generator: some camera")) == {}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_that_says_nothing_says_nothing(suffix: str) -> None:
    assert provenance(a_file(64, 64, suffix=suffix)) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "cc-by-4.0"),
        ("http://creativecommons.org/licenses/by-nc-nd/3.0/", "cc-by-nc-nd-3.0"),
        ("http://creativecommons.org/licenses/made-up/3.0/", None),
        ("CC BY-NC-SA 4.0", "cc-by-nc-sa-4.0"),
        ("CC-BY 2.5", "cc-by-2.5"),
        ("CC0", "cc0-1.0"),
        ("Copyright Ada", None),
    ],
)
def test_licences_get_the_ids_that_people_know(text: str, found: str | None) -> None:
    assert license_of(text) == found


@pytest.mark.parametrize(
    "packet",
    [
        b"<x",
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>',
        b"<a>" * 100_000,
        b"\xff\xfe\x00",
    ],
)
def test_a_hostile_packet_says_nothing(packet: bytes) -> None:
    data = a_file(64, 64)
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet[:60_000]
    data = data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]

    assert provenance(data) == {}


@given(st.binary(max_size=300), st.sampled_from(["Exif\0\0II*\0", "Exif\0\0MM\0*"]))
def test_no_exif_does_any_harm(noise: bytes, head: str) -> None:
    data = io.BytesIO(a_file(8, 8)).getvalue()
    body = head.encode("latin-1") + noise

    found = provenance(data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:])

    assert set(found) <= {"creator", "creator_url", "source", "license", "ai"}
