"""The process that decodes: pictures in, renditions and facts out, and no way to anything else.

It is started by ``pooled_pictures`` with an empty environment and one socket, and ends when that
socket does.
"""

import os
import select
import socket
import sys
import threading
from collections.abc import Callable

from media.adapters.confinement import CPU_SECONDS, allow_cpu, confine
from media.adapters.decoder_messages import Message, read_message
from media.adapters.vips_pictures import VipsPictures, rehearsal
from media.domain.container import PictureRefused, too_demanding
from media.domain.cuts import Box
from media.domain.renditions import Format, Rendition, Variant
from media.domain.wallpaper import Size
from media.ports import Data, Pictures


def main() -> None:
    """Decode until nobody asks any more."""
    pictures = VipsPictures()
    _rehearse(pictures)
    serve(lambda request: answer(request, pictures), unfit=pictures.unfit())


def serve(answer: Callable[[Message], Message], *, unfit: str | None) -> None:
    """Wall this process in, say how it is, and answer whatever is asked."""
    service = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    threading.Thread(target=_end_with, args=(service,), daemon=True).start()
    _send(service, Message({"unfit": unfit, "missing": confine()}))
    while True:
        allow_cpu(CPU_SECONDS)
        _send(service, answer(read_message(lambda count: _receive(service, count))))


def answer(request: Message, pictures: Pictures) -> Message:
    """What ``pictures`` make of one request."""
    try:
        return _work(request, pictures)
    except PictureRefused as error:
        return _refusal(error)
    except MemoryError:
        return _refusal(too_demanding())


def _work(request: Message, pictures: Pictures) -> Message:
    facts = request.facts
    if facts["do"] == "look":
        making = [Variant(width, None, Format(kind)) for width, kind in facts["making"]]
        return _look(request.body, making, pictures)
    rendition = Rendition(Box(*facts["part"]), Size(*facts["size"]), Format(facts["format"]))
    return Message({}, pictures.render(request.body, rendition).body)


def _look(data: Data, making: list[Variant], pictures: Pictures) -> Message:
    inside = pictures.look_inside(data, making=making)
    images = [inside.images[each].body for each in making]
    facts = {
        "size": (inside.size.width, inside.size.height),
        "shape": inside.small.shape,
        "lqip": inside.lqip,
        "images": [len(image) for image in images],
        "claims": dict(inside.claims),
    }
    return Message(facts, b"".join([inside.small.tobytes(), *images]))


def _refusal(error: PictureRefused) -> Message:
    return Message({"reason": error.reason, "text": str(error)})


def _rehearse(pictures: Pictures) -> None:
    """Do everything once: what is loaded at its first use cannot be loaded behind the walls."""
    for picture in rehearsal():
        making = [Variant(320, None, kind) for kind in Format]
        size = pictures.look_inside(picture, making=making).size
        for kind in Format:
            whole = Box(0, 0, size.width, size.height)
            pictures.render(picture, Rendition(whole, Size(8, 8), kind))


def _end_with(service: socket.socket) -> None:
    """End this process as soon as the service's end of the socket is closed, whatever it does."""
    hung_up = select.poll()
    hung_up.register(service, 0)
    hung_up.poll()
    os._exit(0)


def _receive(service: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        if not (got := service.recv_into(view)):
            os._exit(0)
        view = view[got:]
    return data


def _send(service: socket.socket, message: Message) -> None:
    service.sendall(message.head())
    service.sendall(message.body)


if __name__ == "__main__":
    main()
