"""What HTTP asks of every answer: HEAD, conditional requests, relative locations."""

import pytest
from chalice.test import Client

from tests.flows.photos import photo
from tests.test_app import post_text


@pytest.mark.parametrize("path", ["/images", "/dogs", "/health", "/openapi.json"])
def test_head_has_the_headers_of_get(client: Client, path: str) -> None:
    head, get = (client.http.request(method, path) for method in ("HEAD", "GET"))

    assert (head.status_code, head.headers["Content-Type"]) == (get.status_code, get.headers["Content-Type"])


@pytest.mark.parametrize("known", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_a_client_that_has_the_description_gets_304(client: Client, known: str) -> None:
    etag = client.http.get("/openapi.json").headers["ETag"]

    again = client.http.get("/openapi.json", headers={"If-None-Match": known.format(etag=etag)})
    assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert client.http.get("/openapi.json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_location_is_right_behind_a_trailing_slash(client: Client) -> None:
    response = post_text(client, photo(), "/images/")

    assert response.headers["Location"] == f"../images/{response.json_body['id']}"
