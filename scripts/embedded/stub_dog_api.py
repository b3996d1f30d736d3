"""A stand-in for the dog API on a free port: drawn pictures, names that repeat, a PNG at every fifth call."""

import hashlib
import io
import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from PIL import Image, ImageDraw

from scripts.project import HOST

BREEDS = {"hound": ("afghan", "basset"), "pug": (), "retriever": ("golden",), "shiba": ()}
#: Every breed has pictures by these names, as the real one's breeds share names.
NAMES = 24
PNG_EVERY = 5
_MOST = 50
_LIST = re.compile(r"/api/breeds/list/all")
_RANDOM = re.compile(r"/api/(?:breeds/image|breed/([a-z]+(?:/[a-z]+)?)/images)/random(?:/([0-9]{1,4}))?")
_PICTURE = re.compile(r"/breeds/([a-z-]+)/dog_([0-9]{1,4})\.(jpg|png)")

#: Status, media type and body.
Answer = tuple[int, str, bytes]


class Kennel:
    """The dogs: which one is next, whatever the breed asked for."""

    def __init__(self) -> None:
        self._turns = itertools.count(1)

    def next_path(self, breed: str | None) -> str:
        """Pick a picture; every fifth is a PNG."""
        turn = next(self._turns)
        known = known_breeds()
        chosen = breed or known[turn * 7 % len(known)]
        extension = "png" if turn % PNG_EVERY == 0 else "jpg"
        return f"/breeds/{chosen}/dog_{turn * 11 % NAMES}.{extension}"


class DogApi:
    """The stand-in's server; it serves from construction until `stop`."""

    def __init__(self) -> None:
        self._server = _Server((HOST, 0), _Handler)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._server.url = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="dog-api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def known_breeds() -> list[str]:
    """List the breeds as the pictures' addresses spell them."""
    return [f"{breed}-{sub}" for breed, subs in BREEDS.items() for sub in subs] + [
        breed for breed, subs in BREEDS.items() if not subs
    ]


def draw(breed: str, number: int, extension: str) -> bytes:
    """Draw a dog; the same one for the same name."""
    seed = hashlib.sha256(f"{breed}/{number}".encode()).digest()
    image = Image.new("RGB", (480, 360), tuple(seed[:3]))
    pen, coat = ImageDraw.Draw(image), tuple(seed[3:6])
    pen.ellipse((140, 80, 340, 300), fill=coat)
    for ear in ((110, 70, 190, 200), (290, 70, 370, 200)):
        pen.ellipse(ear, fill=tuple(seed[6:9]))
    for eye in ((195, 150, 220, 175), (260, 150, 285, 175), (220, 210, 260, 240)):
        pen.ellipse(eye, fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "JPEG" if extension == "jpg" else "PNG")
    return buffer.getvalue()


def answer(kennel: Kennel, url: str, path: str) -> Answer:
    """Answer a path as dog.ceo and its host of images do."""
    if _LIST.fullmatch(path):
        return _message({breed: list(subs) for breed, subs in BREEDS.items()})
    if asked := _RANDOM.fullmatch(path):
        return _random(kennel, url, asked[1], asked[2])
    if shown := _PICTURE.fullmatch(path):
        media_type = "image/jpeg" if shown[3] == "jpg" else "image/png"
        return 200, media_type, draw(shown[1], int(shown[2]), shown[3])
    return _refusal("No route found for that path.")


def _random(kennel: Kennel, url: str, breed: str | None, count: str | None) -> Answer:
    if breed is None:
        chosen = [""]
    else:
        chosen = [known for known in known_breeds() if f"{known}-".startswith(f"{breed.replace('/', '-')}-")]
    if not chosen:
        return _refusal("Breed not found (main breed does not exist).")
    number = min(int(count or 1), _MOST)
    picked = [url + kennel.next_path(chosen[turn % len(chosen)] or None) for turn in range(number)]
    return _message(picked if count else picked[0])


def _message(message: object) -> Answer:
    return 200, "application/json", json.dumps({"message": message, "status": "success"}).encode()


def _refusal(message: str) -> Answer:
    body = {"status": "error", "message": message, "code": 404}
    return 404, "application/json", json.dumps(body).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    url = ""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.kennel = Kennel()
        super().__init__(address, handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        status, media_type, body = answer(server.kennel, server.url, self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""
