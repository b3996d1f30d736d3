"""A stub of the dog API (dog.ceo) on a free port: drawn pictures, names that repeat, a PNG at every fifth call."""

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
#: Every breed has pictures with the same names, as on dog.ceo.
NAMES = 24
PNG_EVERY = 5
_MAX_COUNT = 50
_LIST = re.compile(r"/api/breeds/list/all")
_RANDOM = re.compile(r"/api/(?:breeds/image|breed/([a-z]+(?:/[a-z]+)?)/images)/random(?:/([0-9]{1,4}))?")
_PICTURE = re.compile(r"/breeds/([a-z-]+)/dog_([0-9]{1,4})\.(jpg|png)")

#: Status, media type and body.
Answer = tuple[int, str, bytes]


class PictureSequence:
    """Chooses the next picture; the count goes on across breeds."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def next_path(self, breed: str | None) -> str:
        """Return the path of the next picture; every fifth is a PNG."""
        number = next(self._numbers)
        known = known_breeds()
        chosen = breed or known[number * 7 % len(known)]
        extension = "png" if number % PNG_EVERY == 0 else "jpg"
        return f"/breeds/{chosen}/dog_{number * 11 % NAMES}.{extension}"


class StubDogApi:
    """The stub's server. It serves from construction until stop()."""

    def __init__(self) -> None:
        self._server = _Server((HOST, 0), _Handler)
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._server.url = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="dog-api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and close the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def known_breeds() -> list[str]:
    """Return the breeds as they appear in the URLs of pictures."""
    return [f"{breed}-{sub}" for breed, subs in BREEDS.items() for sub in subs] + [
        breed for breed, subs in BREEDS.items() if not subs
    ]


def draw(breed: str, number: int, extension: str) -> bytes:
    """Draw a dog and return the file; the same name gives the same picture."""
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


def answer(pictures: PictureSequence, url: str, path: str) -> Answer:
    """Answer a path as dog.ceo and images.dog.ceo do."""
    if _LIST.fullmatch(path):
        return _message({breed: list(subs) for breed, subs in BREEDS.items()})
    if random := _RANDOM.fullmatch(path):
        return _random(pictures, url, random[1], random[2])
    if picture := _PICTURE.fullmatch(path):
        media_type = "image/jpeg" if picture[3] == "jpg" else "image/png"
        return 200, media_type, draw(picture[1], int(picture[2]), picture[3])
    return _error("No route found for that path.")


def _random(pictures: PictureSequence, url: str, breed: str | None, count: str | None) -> Answer:
    if breed is None:
        chosen = [""]
    else:
        chosen = [known for known in known_breeds() if f"{known}-".startswith(f"{breed.replace('/', '-')}-")]
    if not chosen:
        return _error("Breed not found (main breed does not exist).")
    number = min(int(count or 1), _MAX_COUNT)
    picked = [url + pictures.next_path(chosen[index % len(chosen)] or None) for index in range(number)]
    return _message(picked if count else picked[0])


def _message(message: object) -> Answer:
    return 200, "application/json", json.dumps({"message": message, "status": "success"}).encode()


def _error(message: str) -> Answer:
    body = {"status": "error", "message": message, "code": 404}
    return 404, "application/json", json.dumps(body).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    url = ""

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.pictures = PictureSequence()
        super().__init__(address, handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        status, media_type, body = answer(server.pictures, server.url, self.path.partition("?")[0])
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing."""
