"""`make run`'s program, started as a person starts it and driven over real HTTP and S3."""

import base64
import http.client
import io
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from PIL import Image

from scripts.embedded.ports import check_port
from scripts.put import put

ROOT = Path(__file__).resolve().parents[2]
#: Only a program that hangs takes this long.
SECONDS = 600.0


class Program:
    """The program on free ports."""

    def __init__(self, folder: Path) -> None:
        self.port, self.aws_port = free_port(), free_port()
        self.aws_url = f"http://127.0.0.1:{self.aws_port}"
        self.out, self.err = folder / "out.log", folder / "err.log"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(command(self.port, self.aws_port), cwd=ROOT, stdout=out, stderr=err)

    def wait_until_ready(self) -> str:
        deadline = time.monotonic() + SECONDS
        while not (ready := [line for line in self.out.read_text().splitlines() if line.startswith("ready")]):
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, self.err.read_text()
            time.sleep(0.1)
        return ready[0]

    def ask(self, method: str, path: str, body: bytes | None = None, media: str = "text/plain") -> tuple[int, Any, Any]:
        """Send one request; returns status, headers and body, which is read as JSON where it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(method, path, body, {"Content-Type": media} if body else {})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status, response.headers, json.loads(content) if is_json else content

    def wait_for_record(self, path: str) -> dict[str, Any]:
        """Ask for a record until it is completed."""
        deadline = time.monotonic() + SECONDS
        while True:
            status, _, record = self.ask("GET", path)
            if status == 200 and record["status"] not in ("pending", "processing"):
                return dict(record)
            assert time.monotonic() < deadline, (status, record)
            time.sleep(0.1)

    def stop(self) -> int:
        """Stop it as Ctrl-C does, twice, and return its exit status."""
        self.process.send_signal(signal.SIGINT)
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    program = Program(tmp_path_factory.mktemp("make_run"))
    try:
        program.wait_until_ready()
        yield program
    finally:
        program.process.kill()
        program.process.wait(SECONDS)


def command(port: int, aws_port: int) -> list[str]:
    return [sys.executable, "-m", "scripts.local", "--port", str(port), "--aws-port", str(aws_port)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def jpeg(size: tuple[int, int], grey: int = 128) -> bytes:
    """Make a photo; what is drawn beside the plain ground keeps two sizes from giving the same bytes."""
    image = Image.new("RGB", size, (grey, grey, grey))
    image.paste((255, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def fetch(url: str) -> Image.Image:
    """Open the picture behind a presigned link."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=SECONDS)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    assert response.status == 200
    image = Image.open(io.BytesIO(response.read()))
    connection.close()
    image.load()
    return image


def form(fields: dict[str, str], file: bytes) -> tuple[bytes, str]:
    """Write a multipart form with the file last, as S3 wants it."""
    boundary = "-darkroom-test-"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def test_the_api_is_healthy_once_it_says_ready(program: Program) -> None:
    ready = program.wait_until_ready()
    assert f"http://127.0.0.1:{program.port}" in ready
    assert program.aws_url in ready
    assert "Data is lost when it stops" in ready
    assert program.ask("GET", "/health")[2]["status"] == "ok"


def test_a_posted_photo_comes_back_processed(program: Program) -> None:
    body = base64.encodebytes(jpeg((1200, 900)))
    status, headers, record = program.ask("POST", "/images?filename=a.jpg", body)
    assert (status, record["status"]) == (200, "completed")
    assert headers["X-Request-Id"]
    status, headers, _ = program.ask("GET", f"/images/{record['id']}/content")
    assert status == 303
    picture = fetch(headers["Location"])
    assert (picture.format, picture.size, picture.mode) == ("PNG", (800, 600), "L")


def test_a_photo_dropped_into_s3_is_resized_by_the_event(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "a holiday photo.jpg"
    file.write_bytes(jpeg((640, 480)))
    key = put(str(file), program.aws_url)
    record = program.wait_for_record(f"/images?key={urllib.parse.quote(key)}")
    assert record["status"] == "completed"
    client = boto3.client("s3", endpoint_url=program.aws_url)
    [resized] = [variant["key"] for name, variant in record["variants"].items() if name == "resized"]
    assert resized.startswith("resized/")
    stored = client.get_object(Bucket="darkroom-local-images", Key=resized)["Body"].read()
    with Image.open(io.BytesIO(stored)) as picture:
        assert picture.size == (300, 300)
    client.close()


def test_fifty_posts_at_once_each_get_their_own_answer(program: Program) -> None:
    def post(number: int) -> tuple[int, tuple[int, int]]:
        body = base64.b64encode(jpeg((100 + number, 200)))
        status, _, record = program.ask("POST", f"/images?filename={number}.jpg", body)
        assert status == 200, record
        return number, fetch(record["links"]["processed"]).size

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(post, range(50)))
    assert answers == [(number, (100 + number, 200)) for number in range(50)]


def test_a_presigned_upload_ends_completed(program: Program) -> None:
    photo = jpeg((900, 900))
    wanted = {"filename": "big.jpg", "content_type": "image/jpeg", "size": len(photo)}
    status, _, ticket = program.ask("POST", "/uploads", json.dumps(wanted).encode(), "application/json")
    assert status == 201, ticket
    body, media = form(ticket["fields"], photo)
    url = urllib.parse.urlsplit(ticket["url"])
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=SECONDS)
    connection.request("POST", url.path, body, {"Content-Type": media})
    assert connection.getresponse().status in (200, 201, 204)
    connection.close()
    assert program.wait_for_record(f"/images/{ticket['id']}")["status"] == "completed"


def test_an_unknown_path_is_a_404_problem(program: Program) -> None:
    status, headers, problem = program.ask("GET", "/nowhere")
    assert (status, problem["code"]) == (404, "route_not_found")
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Access-Control-Allow-Origin"]


def test_a_port_in_use_ends_with_one_sentence(program: Program) -> None:
    for ports in ((program.port, free_port()), (free_port(), program.aws_port), (program.port, program.port)):
        ended = subprocess.run(command(*ports), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)
        assert ended.returncode == 1
        assert len(ended.stderr.splitlines()) == 1
        assert "PORT" in ended.stderr
        assert ended.stdout == ""


def test_ctrl_c_stops_everything(program: Program) -> None:
    assert program.stop() == 0
    check_port(program.port, "PORT")
    check_port(program.aws_port, "AWS_PORT")
    assert "Traceback" not in program.err.read_text()
