"""A Docker daemon's API on a socket of its own, as far as reading a host needs it."""

from __future__ import annotations

import json
import os
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class FakeDocker:
    """Answers from `containers` and `networks`, and remembers what it was asked."""

    def __init__(self, path: Path) -> None:
        """`path` is where its socket is to be."""
        self.path = path
        self.asked: list[str] = []
        self.containers: dict[str, dict[str, Any]] = {}
        self.networks: dict[str, dict[str, Any]] = {}
        system = os.uname()
        self.info: dict[str, Any] = {
            "Name": system.nodename,
            "KernelVersion": system.release,
            "FirewallBackend": {"Driver": "iptables"},
        }
        self._server = _Server(str(path), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """What DOCKER_HOST has to be."""
        return f"unix://{self.path}"

    def answer(self, path: str) -> object:
        """The answer to one request; None for what does not exist."""
        self.asked.append(path)
        words = path.split("?")[0].strip("/").split("/")
        words = words[1:] if words[0].startswith("v1.") else words
        match words:
            case ["version"]:
                return {"Version": "28.5.2", "ApiVersion": "1.51"}
            case ["info"]:
                return self.info
            case ["containers", "json"]:
                return [{"Id": each, "State": "running"} for each in self.containers]
            case ["containers", identity, "json"]:
                return self.containers.get(identity)
            case ["networks"]:
                return [{"Id": each, "Name": net["Name"]} for each, net in self.networks.items()]
            case ["networks", identity]:
                return self.networks.get(identity)
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def _handler(daemon: FakeDocker) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            value = daemon.answer(self.path)
            body = json.dumps({"message": "no such thing"} if value is None else value).encode()
            self.send_response(404 if value is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "test"

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler
