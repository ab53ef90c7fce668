"""A server that says whatever a test wants, and remembers who asked how."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Said:
    status: int = 200
    body: bytes = b'{"data": {"ok": true}}'
    headers: dict = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass
class OddServer:
    base_url: str
    port: int
    asked: list = field(default_factory=list)
    """(method, path, headers, body), oldest first."""

    def signatures(self):
        return [headers.get("Authorization") for _, _, headers, _ in self.asked]


@contextlib.contextmanager
def talking_server(words, pause_s):
    """Serve on loopback; `words()` gives the bytes of each answer, with a pause after each piece.

    Yields:
        Its address.
    """
    ended = threading.Event()

    def serve(connection):
        with connection, contextlib.suppress(OSError):
            connection.recv(65_536)
            for piece in words():
                connection.sendall(piece)
                if ended.wait(pause_s):
                    return

    def accept():
        with contextlib.suppress(OSError):
            while not ended.is_set():
                threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            ended.set()


@contextlib.contextmanager
def odd_server(answer, *, tls=None):
    """Serve on loopback; `answer(method, path, headers, body)` gives a `Said`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            request = (self.command, self.path, self.headers, body)
            server.asked.append(request)
            said = answer(*request)
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_CONNECT = _any  # noqa: N815 - http.server's names

        def log_message(self, *_):
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass  # a client that refuses the certificate

    http = Quiet(("127.0.0.1", 0), Handler)
    scheme = "http"
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https"
    port = http.server_address[1]
    server = OddServer(base_url=f"{scheme}://localhost:{port}", port=port)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
