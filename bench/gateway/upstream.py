"""The service behind: 10 kB of JSON for everyone, as fast as Python can say it."""

import os

from gevent import socket
from gevent.server import StreamServer

BODY = (b'{"data":[' + b'{"id":"pine2345","title":"Pine ridge"},' * 261)[:10_238] + b"]}"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY


def converse(connection: socket.socket, _: object) -> None:
    """Answer each request of one connection."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while connection.recv(65536):
        connection.sendall(ANSWER)


if __name__ == "__main__":
    StreamServer(("127.0.0.1", int(os.environ["PORT"])), converse).serve_forever()
