"""A window of the browser on the page, as a person uses it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.end_to_end.program import Program

#: Milliseconds that only a page which hangs takes.
PATIENCE = 60_000
VIEW = {"viewport": {"width": 1280, "height": 900}}
#: Writes what the policy has refused into the console, where it is a fault of the page.
WATCH_POLICY = """addEventListener("securitypolicyviolation",
    event => console.error(`${event.effectiveDirective} refuses ${event.blockedURI}`))"""


@dataclass
class Window:
    """A page, what it asked for, and what its console said of errors of its own."""

    page: Any
    program: Program
    requests: list[Any] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def opened(
        cls,
        browser: Any,
        program: Program,
        address: str = "",
        config: Mapping[str, Any] | None = None,
        prepare: Callable[[Any], object] | None = None,
        **options: Any,
    ) -> Iterator["Window"]:
        """Open a window, and check at its end that the page had no fault of its own and asked nobody else.

        `address` is relative to the program's. `config` replaces members of config.json; `prepare` gets the empty page.
        """
        context = browser.new_context(**(VIEW | options))
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH_POLICY)
        window = cls(context.new_page(), program)
        window._watch(config or {})
        if prepare:
            prepare(window.page)
        window.page.goto(start := urljoin(f"http://127.0.0.1:{program.port}/", address))
        window.page.locator("h1").first.wait_for()
        yield window
        context.close()
        window._check(urlsplit(start).hostname)

    def _watch(self, config: Mapping[str, Any]) -> None:
        if config:
            self._replace(config)
        self.page.on("request", self._record)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._listen)

    def _check(self, host: str | None) -> None:
        assert not self.faults
        hosts = {urlsplit(each.url.removeprefix("blob:")).hostname for each in self.requests}
        assert hosts <= {"127.0.0.1", host}
        # A redirect that fetch follows arrives with `Origin: null`: the page uses the links of the record.
        assert not [each.url for each in self.requests if "/content" in each.url]

    def _replace(self, config: Mapping[str, Any]) -> None:
        def answer(route: Any) -> None:
            route.fulfill(json={**route.fetch().json(), **config})

        self.page.route("**/web/config.json", answer)

    def _record(self, request: Any) -> None:
        # Playwright takes methods of Python's own classes only.
        self.requests.append(request)

    def _listen(self, message: Any) -> None:
        # Chromium writes each answer of 400 and more as an error; those of the policy are faults of the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    def choose(self, *photos: Path) -> None:
        """Choose photos in the file field."""
        self.page.locator("input[type=file][multiple]").set_input_files([str(each) for each in photos])

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def tab(self, name: str) -> None:
        """Open a tab, and wait until it is there: a file field of the tab before must not be used."""
        self.page.get_by_role("link", name=name, exact=True).click()
        self.page.get_by_role("heading", level=1, name=name).wait_for()

    def sees(self, text: str, number: int = 1) -> None:
        """Wait until a text stands on the page, this many times."""
        self.page.get_by_text(text).nth(number - 1).wait_for()

    def card(self, name: str) -> Any:
        """Return the card of a photo."""
        return self.page.get_by_role("article", name=name, exact=True)

    def posts(self, path: str = "/images") -> list[Any]:
        """Return the requests that posted to a path of the API."""
        root = f"http://127.0.0.1:{self.program.port}{path}"
        return [each for each in self.requests if each.method == "POST" and each.url.partition("?")[0] == root]

    def records(self, name: str) -> Sequence[dict[str, Any]]:
        """Return the images of a file name that the service has."""
        items = self.program.ask("GET", "/images?limit=100")[2]["items"]
        return [each for each in items if each["filename"] == name]

    def search(self) -> str:
        """Return the query of the page's address, as the browser has it now."""
        return str(self.page.evaluate("location.search"))

    def is_too_wide(self) -> bool:
        """Return whether the page scrolls to the side."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
