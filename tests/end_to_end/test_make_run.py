"""`make run`, started as a person starts it, and used over real HTTP and S3."""

import base64
import http.client
import io
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from PIL import Image

from scripts.embedded.ports import check_port
from scripts.put import put
from tests.end_to_end.program import ROOT, SECONDS, Program


def jpeg(size: tuple[int, int], grey: int = 128) -> bytes:
    """Return a photo; the red corner makes two sizes differ after scaling."""
    image = Image.new("RGB", size, (grey, grey, grey))
    image.paste((255, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=90)
    return stream.getvalue()


def fetch(url: str) -> Image.Image:
    """Return the picture at a presigned link."""
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
    """Return a multipart form and its media type; S3 wants the file last."""
    boundary = "-darkroom-test-"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + file + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def test_the_api_is_healthy_when_the_program_prints_ready(program: Program) -> None:
    ready = program.wait_until_ready()
    assert f"the page and the API on http://127.0.0.1:{program.port}" in ready
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


def test_a_photo_put_into_s3_is_resized_by_the_event(program: Program, tmp_path: Path) -> None:
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


def test_a_photo_uploaded_by_a_presigned_form_is_completed(program: Program) -> None:
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


def test_each_request_is_one_line_with_the_id_of_its_answer(program: Program) -> None:
    _, headers, _ = program.ask("POST", "/images?width=60", b"not a photo")
    [line] = [line for line in program.lines() if headers["X-Request-Id"] in line]
    assert re.fullmatch(rf"\d\d:\d\d:\d\d  POST /images\?width=60  4\d\d  \d+ ms  {headers['X-Request-Id']}", line)


def test_each_s3_event_is_one_line_with_its_key_and_its_result(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "broken.jpg"
    file.write_bytes(b"not a photo")
    key = put(str(file), program.aws_url)
    program.wait_for_record(f"/images?key={urllib.parse.quote(key)}")
    [line] = [line for line in program.lines() if key in line and "resize_image" in line]
    assert f"  darkroom-local-resize_image  s3://darkroom-local-images/{key}  ok  " in line
    assert "image not processed (reason=unsupported_format" in line


def test_each_task_of_the_workflow_is_one_line(program: Program) -> None:
    client = boto3.client("stepfunctions", endpoint_url=program.aws_url)
    [machine] = [
        m["stateMachineArn"] for m in client.list_state_machines()["stateMachines"] if "DogUploader" in m["name"]
    ]
    client.start_execution(stateMachineArn=machine, name="one-line", input="{}")
    client.close()
    deadline = time.monotonic() + SECONDS
    while not (found := [line for line in program.lines() if "LogToDynamoDB" in line]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    [fetch] = [line for line in program.lines() if "FetchAndUploadDogImage" in line]
    assert "  darkroom-local-FetchAndUploadDogImage  one-line  ok  " in fetch
    assert "  html/" in found[0]


def test_the_printed_examples_run_as_they_are_printed(program: Program, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    printed = program.out.read_text().partition("Ctrl-C stops")[0]
    lines = [line.strip() for line in printed.splitlines() if line.startswith("  ") and " aws " not in line]
    script = "\n".join(["set -e", *lines]).replace(os.path.relpath(sys.executable, ROOT), sys.executable)
    put_command = f"make put PORT={program.port} AWS_PORT={program.aws_port} FILE="
    assert put_command in script
    script = script.replace(put_command, f"{sys.executable} -m scripts.put --aws-port {program.aws_port} ")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environ, check=True, capture_output=True, timeout=SECONDS)
    with Image.open(tmp_path / "out.png") as picture:
        assert (picture.format, picture.width, picture.mode) == ("PNG", 600, "RGB")


def test_the_end_of_an_image_is_told_to_a_queue(program: Program) -> None:
    _, _, record = program.ask("POST", "/images", base64.b64encode(jpeg((60, 40))))
    client = boto3.client("sqs", endpoint_url=program.aws_url)
    queue = client.get_queue_url(QueueName="darkroom-local-image-endings")["QueueUrl"]
    told = []
    while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        told += [json.loads(json.loads(each["Body"])["Message"]) for each in messages]
    [message] = [each for each in told if each["image"] == record["id"]]
    assert (message["status"], message["entry"], message["owner"]) == ("completed", "api", record["owner"])
    client.close()


def test_no_line_of_the_output_is_json(program: Program) -> None:
    assert not [line for line in program.lines() if line.startswith("{")]


def test_ctrl_c_stops_everything_and_frees_both_ports(program: Program) -> None:
    assert program.interrupt() == 0
    check_port(program.port, "PORT")
    check_port(program.aws_port, "AWS_PORT")
    assert "Traceback" not in program.err.read_text()
