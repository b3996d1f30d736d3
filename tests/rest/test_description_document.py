"""openapi.json agrees with the code: the same routes, limits, enumerations and error codes."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Response
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
import chalicelib
from chalicelib import errors
from chalicelib.backends import Backends
from chalicelib.dog_records import DogCounts, DogUpload
from chalicelib.flows import upload
from chalicelib.flows.accept import Purpose, UploadRequest
from chalicelib.imaging import focus, limits, recipe, watermark
from chalicelib.imaging.formats import ImageFormat
from chalicelib.imaging.geometry import Fit, Gravity
from chalicelib.imaging.keep import Keep
from chalicelib.imaging.metadata import Finding, Kind
from chalicelib.imaging.metadata.details import Detail, Details, Position, Thumbnail
from chalicelib.imaging.turns import Flip
from chalicelib.records import Status, VariantName
from chalicelib.rest import BINARY_TYPES, problems, response
from chalicelib.settings import Limits

PACKAGE = Path(chalicelib.__file__).parent
#: The files whose codes only `ScrubCode` lists; no decoder passes on the codes of the two headers.
SCRUBBING = {
    *(PACKAGE / "imaging" / "metadata").rglob("*.py"),
    *(PACKAGE / "imaging" / f"{name}_header.py" for name in ("gif", "bmp")),
}
DOCUMENT: dict[str, Any] = json.loads(app.OPENAPI.read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
#: Codes that only API Gateway answers.
GATEWAY_CODES = {"route_not_found", "too_many_requests", "timed_out"}
#: Codes that occur only in the `error` of a record.
RECORDED = {"object_missing", "object_archived", "abandoned", "attempts_failed", "event_failed"}
METHODS = {"get", "post", "put", "patch", "delete"}


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_document_describes_every_route_and_no_other() -> None:
    described = {(path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in METHODS & set(item)}
    routed = {(path, method) for path, methods in app.app.routes.items() for method in methods}
    # HEAD is answered as GET without the body (RFC 9110, 9.3.2).
    assert described == {(path, method) for path, method in routed if method != "HEAD"}
    assert {path for path, method in routed if method == "HEAD"} == {path for path, method in routed if method == "GET"}


def test_the_document_has_the_version_of_the_service() -> None:
    assert DOCUMENT["info"]["version"] == chalicelib.__version__


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ("OptionPreset", set(recipe.PRESETS)),
        ("OptionFit", set(Fit)),
        ("OptionGravity", {*Gravity, focus.AUTO}),
        ("OptionFlip", set(Flip)),
        ("OptionLogoGravity", set(Gravity)),
        ("OptionWatermarkGravity", set(Gravity)),
        ("OptionFormat", {known.name.lower() for known in ImageFormat if known.writable} | {"jpg"}),
        ("Purpose", set(Purpose)),
        ("Kind", set(Kind)),
        ("Status", set(Status) - {Status.DELETED}),
        ("VariantName", set(VariantName)),
        ("Format", {known.name for known in ImageFormat} | {""}),
    ],
)
def test_every_enumeration_has_the_values_of_the_code(schema: str, values: set[str]) -> None:
    assert set(SCHEMAS[schema]["enum"]) == values


@pytest.mark.parametrize("name", sorted(recipe.OPTION_NAMES))
def test_every_option_is_a_query_parameter_and_a_json_member_of_the_posts(name: str) -> None:
    for path in ("/images", "/uploads"):
        assert name in {parameter["name"] for parameter in parameters("post", path)}
    for schema in ("PhotoInJson", "UploadRequest"):
        assert name in SCHEMAS[schema]["properties"]


@pytest.mark.parametrize(
    "name", ["width", "height", "quality", "watermark_size", "watermark_opacity", "logo_scale", "logo_opacity"]
)
def test_an_option_is_accepted_at_its_limits_and_refused_beyond_them(name: str) -> None:
    low, high = (SCHEMAS[f"Option{name.title().replace('_', '')}"][bound] for bound in ("minimum", "maximum"))
    for within in (low, high):
        recipe.parse({name: within})
    for beyond in (low - 1, high + 1):
        with pytest.raises(errors.InvalidRequest, match=f"{low} to {high}"):
            recipe.parse({name: beyond})


def test_lengths_and_sizes_have_the_limits_of_the_code() -> None:
    assert SCHEMAS["OptionWidth"]["maximum"] == limits.MAX_SIDE
    assert SCHEMAS["OptionWatermark"]["maxLength"] == watermark.MAX_WATERMARK
    assert SCHEMAS["OptionFilename"]["maxLength"] == Limits.name_length
    assert SCHEMAS["UploadRequest"]["properties"]["size"]["maximum"] == Limits.object_bytes


@pytest.mark.parametrize("path", ["/images", "/inspect", "/sanitize"])
def test_a_photo_is_accepted_in_the_described_content_types_and_no_other(path: str) -> None:
    content = set(DOCUMENT["paths"][path]["post"]["requestBody"]["content"])
    assert content == {"text/plain", "application/json", *BINARY_TYPES} - {"image/*"}


def test_the_words_of_keep_are_those_of_the_code() -> None:
    pattern = re.compile(SCHEMAS["OptionKeep"]["pattern"])
    assert all(pattern.fullmatch(text) for text in (*Keep, ",".join(Keep), ""))
    assert not any(pattern.fullmatch(text) for text in ("gps", "date,", "copyright,gps"))


def test_an_upload_is_created_for_the_described_types_and_no_other(backends: Backends) -> None:
    described = SCHEMAS["UploadRequest"]["properties"]["content_type"]["examples"]
    with pytest.raises(errors.UnsupportedFormat, match=re.escape(f" {', '.join(sorted(described))}, or")):
        upload.create_upload(backends, UploadRequest("anonymous", "", "image/svg+xml", size=1))


def test_every_record_has_the_fields_of_the_code() -> None:
    shown = response.SHOWN | {"owner", "status", "variants", "expires_at", "key", "links", "srcset"}
    assert set(SCHEMAS["ImageRecord"]["properties"]) == set(SCHEMAS["ImageRecord"]["required"]) == shown
    assert set(SCHEMAS["Variant"]["properties"]) == set(SCHEMAS["Variant"]["required"]) == response.SHOWN_OF_VARIANT
    assert set(SCHEMAS["DogUpload"]["properties"]) == {field.name for field in fields(DogUpload)}
    counts = {field.name for field in fields(DogCounts)}
    assert set(SCHEMAS["DogStats"]["properties"]) == counts | {"since", "until", "days"}
    assert set(SCHEMAS["DogDay"]["properties"]) == counts - {"types", "breeds"} | {"day"}
    assert set(SCHEMAS["Finding"]["properties"]) == {field.name for field in fields(Finding)}
    assert set(SCHEMAS["Details"]["properties"]) == set(Details().document())
    for schema, kind in (("DetailValue", Detail), ("Position", Position), ("HiddenThumbnail", Thumbnail)):
        assert set(SCHEMAS[schema]["properties"]) == {field.name for field in fields(kind)}


def test_every_error_code_of_the_code_is_listed_and_no_other() -> None:
    general = {code for path in PACKAGE.rglob("*.py") if path not in SCRUBBING for code in raised_codes(path)}
    assert set(SCHEMAS["Code"]["enum"]) == general | codes_of_chalice_errors() | GATEWAY_CODES


def test_every_error_code_of_a_scrub_is_listed_and_no_other() -> None:
    scrubbing = {code for path in SCRUBBING for code in raised_codes(path)}
    assert set(SCHEMAS["ScrubCode"]["enum"]) == scrubbing - set(SCHEMAS["Code"]["enum"])


def test_every_error_code_of_an_answer_has_an_example() -> None:
    shown = {name for answer in answers() for name in answer["content"]["application/problem+json"]["examples"]}
    assert shown == set(SCHEMAS["Code"]["enum"]) - RECORDED | {"metadata_left"}


@pytest.mark.parametrize(
    ("code", "options"),
    [("unknown_option", {"widht": 1}), ("bad_option", {"fit": "fill"}), ("out_of_range", {"width": 20_000})],
)
def test_the_example_of_a_bad_option_says_what_the_service_answers(code: str, options: dict[str, object]) -> None:
    example = DOCUMENT["components"]["responses"]["BadRequest"]["content"]["application/problem+json"]["examples"][code]
    with pytest.raises(errors.InvalidRequest) as refused:
        recipe.parse(options)
    assert (example["value"]["code"], example["value"]["detail"]) == (refused.value.code, str(refused.value))


def test_every_example_is_valid_against_its_schema() -> None:
    for answer in answers():
        for example in answer["content"]["application/problem+json"]["examples"].values():
            check(example["value"], "Problem")
    created = DOCUMENT["paths"]["/uploads"]["post"]["responses"]["201"]["content"]["application/json"]
    check(created["examples"]["upload"]["value"], "Upload")
    for example in DOCUMENT["paths"]["/inspect"]["post"]["responses"]["200"]["content"]["application/json"][
        "examples"
    ].values():
        check(example["value"], "Findings")
    listed = DOCUMENT["paths"]["/dogs"]["get"]["responses"]["200"]["content"]["application/json"]
    check(listed["examples"]["page"]["value"], "DogPage")
    shown = DOCUMENT["paths"]["/images/{image_id}"]["get"]["responses"]["200"]["content"]["application/json"]
    for example in shown["examples"].values():
        check(example["value"], "ImageRecord")


def check(value: object, schema: str) -> None:
    """Validate a value against a schema of the document. OpenAPI 3.1 uses JSON Schema 2020-12."""
    Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}).validate(
        value
    )


def parameters(method: str, path: str) -> list[dict[str, Any]]:
    """Return the parameters of an operation, with references resolved."""
    listed = DOCUMENT["paths"][path][method]["parameters"]
    return [resolve(each) for each in listed]


def answers() -> list[dict[str, Any]]:
    """Return every answer that has a body: all of them are problems."""
    return [each for each in DOCUMENT["components"]["responses"].values() if "content" in each]


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """Return the target of a reference within the document, or the node itself."""
    target: Any = DOCUMENT
    for part in node.get("$ref", "").split("/")[1:]:
        target = target[part]
    return target if "$ref" in node else node


def raised_codes(path: Path) -> set[str]:
    """Return every code that the source of a file gives to an error, a record's Fault or a problem."""
    tree = ast.parse(path.read_text())
    assigned = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]
    constants = {ast.unparse(node.targets[0]): node.value for node in assigned}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {code for call in calls for value in codes_of(call) for code in texts(value, constants)}


def codes_of_chalice_errors() -> set[str]:
    """Return the codes of the problems that Chalice's own errors become."""
    chalice_errors = [Response({"Code": "Refused", "Message": "No"}, {}, status) for status in (400, 405, 415)]
    return {problems.problem_from_chalice(error).body["code"] for error in chalice_errors}


def codes_of(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the codes in a call: its `code=`, or else the code of the error's class, or a positional argument."""
    name = str(getattr(call.func, "attr", getattr(call.func, "id", "")))
    named = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    kind: Any = getattr(errors, str(name), None)
    if name in ("Fault", "problem"):
        yield call.args[0 if name == "Fault" else 1]
    # The errors of the dog workflow end in its state machine. No answer of the API has one.
    elif isinstance(kind, type) and issubclass(kind, errors.DarkroomError) and not issubclass(kind, errors.DogFault):
        yield from named
        if not named or any(isinstance(node, ast.Constant) and node.value is None for node in ast.walk(named[0])):
            yield ast.Constant(kind.code)


def texts(value: ast.expr, constants: Mapping[str, ast.expr]) -> set[str]:
    """Return the strings that an expression can be: literals, and constants of its file."""
    parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
    parts = [constants.get(part.id, part) if isinstance(part, ast.Name) else part for part in parts]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
