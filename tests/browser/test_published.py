"""The page as WEB=s3 publishes it: by HTTP, in no secure context, and from another origin than the API."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app import SETTINGS
from chalicelib.settings import Auth, Settings
from scripts.deployment.web.objects import WebObject, objects
from tests.browser import photos
from tests.browser.conftest import CHROMIUM
from tests.browser.window import Window
from tests.end_to_end.program import Program, free_port

#: What browsers give to secure contexts only. 127.0.0.1 is one, and a name that leads there is not.
SECURE_ONLY = (
    "crypto.subtle",
    "crypto.randomUUID",
    "navigator.clipboard",
    "navigator.serviceWorker",
    "navigator.locks",
)
NAME, OTHER = "page.test", "other.test"
#: The headers that the parameters of PutObject become.
HEADERS = {"ContentType": "Content-Type", "CacheControl": "Cache-Control", "ContentEncoding": "Content-Encoding"}
#: Adds a script to the page, and returns what it has set.
INLINE = """() => {
  const script = document.createElement("script");
  script.textContent = "window.ran = 1";
  document.head.append(script);
  return window.ran;
}"""


class Bucket:
    """Serves objects as S3 serves a website: with their headers, and none of its own."""

    def __init__(self, port: int) -> None:
        self.objects: dict[str, WebObject] = {}
        self.port = port
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = bucket.objects.get(self.path.partition("?")[0].lstrip("/") or "index.html")
                self.send_response(200 if found else 404)
                for name, value in (found.headers if found else {}).items():
                    self.send_header(HEADERS[name], value)
                self.end_headers()
                self.wfile.write(found.data if found else b"")

            def log_message(self, *_: object) -> None:
                """Write no log."""

        return Handler

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Published:
    """A published page, the program whose API it calls, and a browser that finds both."""

    program: Program
    bucket: Bucket
    browser: Any

    @contextmanager
    def opened(self, name: str = NAME, path: str = "") -> Iterator[Window]:
        with Window.opened(self.browser, self.program, f"http://{name}:{self.bucket.port}/{path}") as window:
            yield window


@pytest.fixture(scope="module")
def browser(chromium: Any) -> Iterator[Any]:
    """A Chromium in which two names lead to this machine."""
    rules = f"MAP {NAME} 127.0.0.1, MAP {OTHER} 127.0.0.1"
    arguments = ["--no-sandbox", f"--host-resolver-rules={rules}"]
    launched = chromium.browser_type.launch(executable_path=CHROMIUM, args=arguments)
    yield launched
    launched.close()


@contextmanager
def published(browser: Any, folder: Path, settings: Settings = SETTINGS, **environ: str) -> Iterator[Published]:
    """Start a program whose API takes calls of the page alone, and publish the page of WEB=s3."""
    port = free_port()
    page = f"http://{NAME}:{port}/"
    program, bucket = Program(folder, PAGE_URL=page, **environ), Bucket(port)
    program.wait_until_ready()
    stage = replace(settings, page_url=page, endpoint_url=program.aws_url)
    bucket.objects = {each.key: each for each in objects("s3", stage, f"http://127.0.0.1:{program.port}/")}
    yield Published(program, bucket, browser)
    bucket.close()
    program.kill()


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with published(browser, tmp_path_factory.mktemp("published")) as found:
        yield found


def test_a_photo_is_developed_without_a_secure_context(page: Published, photo: Path, tmp_path: Path) -> None:
    with page.opened() as window:
        assert window.page.evaluate("isSecureContext") is False
        assert not [each for each in SECURE_ONLY if window.page.evaluate(f"typeof {each} !== 'undefined'")]
        window.choose(photo, photos.write_noise(tmp_path / "noise.png", 1300))
        window.press("Develop 2 photos")
        window.sees("2 of 2 photos done")
        # The second one was too large for the API, and went into S3 by a form.
        assert [len(window.posts(path)) for path in ("/images", "/uploads")] == [1, 1]
        window.page.wait_for_function("[...document.images].every(image => image.naturalWidth > 0)")
        with window.page.expect_download() as download:
            window.press(f"Download {photo.name}")
        assert Path(download.value.path()).read_bytes()[:4] == b"\x89PNG"
        window.press(f"Copy link of {photo.name}")
        window.card(photo.name).get_by_text("Copied").first.wait_for()


def test_what_waits_goes_on_after_a_reload(page: Published, photo: Path) -> None:
    with page.opened() as window:
        window.choose(photo)
        window.card(photo.name).wait_for()
        window.page.reload()
        window.press("Develop 1 photo")
        window.sees("1 of 1 photo done")
        assert len(window.records(photo.name)) == 1


def test_a_photo_is_scrubbed_and_the_library_shows_it(page: Published) -> None:
    with page.opened() as window:
        window.tab("Scrub")
        window.press("Try our sample")
        window.sees("This photo tells where it was taken")
        window.press("Give me the clean copy")
        window.sees("Clean, and checked again.")
        with window.page.expect_download() as download:
            window.press("Download the clean copy")
        assert b"iPhone" not in Path(download.value.path()).read_bytes()
        window.tab("Library")
        window.page.locator(".tile img").first.wait_for()


def test_a_page_of_another_origin_gets_no_answer(page: Published) -> None:
    context = page.browser.new_context()
    other = context.new_page()
    other.goto(f"http://{OTHER}:{page.bucket.port}/")
    other.get_by_text("The service does not answer").wait_for()
    context.close()


def test_the_policy_in_the_page_stops_what_it_does_not_name(page: Published) -> None:
    context = page.browser.new_context()
    window = context.new_page()
    window.goto(f"http://{NAME}:{page.bucket.port}/")
    window.locator("h1").first.wait_for()
    script = f"fetch('http://{OTHER}:{page.bucket.port}/', {{mode: 'no-cors'}}).then(() => 'sent', () => 'stopped')"
    assert window.evaluate(script) == "stopped"
    assert window.evaluate(INLINE) is None
    context.close()


def test_people_paste_a_token_where_nobody_can_sign_in(browser: Any, tmp_path: Path) -> None:
    users = replace(SETTINGS, auth=Auth.COGNITO, login_url="https://login.test", login_client_id="abc")
    with published(browser, tmp_path, users, AUTH="cognito") as found, found.opened() as window:
        window.sees("This page came by HTTP, so you cannot sign in here: paste a token.")
        assert window.page.get_by_role("button", name="Use this token").count() == 1
        assert window.page.get_by_role("button", name="Sign in", exact=True).count() == 0
