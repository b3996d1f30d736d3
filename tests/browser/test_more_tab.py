from datetime import UTC, datetime

from chalicelib.aws.clients import Clients
from chalicelib.aws.dog_uploads import DogCatalog
from chalicelib.dog_records import DogUpload
from tests.browser import photos
from tests.browser.window import Window


def dog(name: str, breed: str) -> DogUpload:
    """Return a log entry of now. Those of PNGs have an alert."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    kind = name.rpartition(".")[2]
    alert = f"alert-{name}" if kind == "png" else ""
    return DogUpload(name, f"https://example.org/{name}", now, kind, bool(alert), alert, breed=breed)


def test_the_dogs_are_counted_by_type_breed_and_day(window: Window) -> None:
    window.tab("More")
    window.sees("No dog yet.")
    window.sees("0 dogs, 0 alerts")
    catalog = DogCatalog(Clients(window.program.aws_url), "darkroom-local-DogImageUploads", 1)
    for each in (dog("a.jpeg", "pug"), dog("b.png", "hound-afghan"), dog(f"{photos.MARKUP}.jpeg", "pug")):
        catalog.record(each, each.image_name)
    window.tab("Library")
    window.tab("More")
    window.sees("3 dogs, 1 alert")
    listed = window.page.get_by_role("region", name="Dogs", exact=True).get_by_role("listitem").all_inner_texts()
    assert listed[:4] == ["jpeg: 2", "png: 1", "pug: 2", "hound-afghan: 1"]
    assert listed[4].endswith(": 3, 1 alert")
    assert window.page.get_by_role("row").count() == 4
    row = window.page.get_by_role("row").filter(has_text="b.png")
    assert row.get_by_role("cell").all_inner_texts()[2:] == ["png", "alert-b.png"]
    assert not window.page.locator("img[src=x]").count()
    asked = {each.url.rpartition("/dogs")[2] for each in window.requests if "/dogs" in each.url}
    assert asked == {"", "/stats"}
