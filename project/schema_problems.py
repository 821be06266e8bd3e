"""What can go wrong, in the API's description: every operation says how it refuses (RFC 9457, project.problems)."""

from __future__ import annotations

from typing import Any, Final

from project.problems import PROBLEM_JSON

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What was refused, and why (RFC 9457).",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "Stable: what programs look at."},
        "detail": {"type": "string"},
        "errors": {"description": "By field, where the input is at fault."},
    },
    "additionalProperties": True,
}
REFUSED: Final[dict[str, str]] = {
    "400": "Something in the request is not right.",
    "401": "Not signed in, or the token is not valid.",
    "403": "Signed in, but too long ago for this act; or a second factor or an acknowledgement is missing.",
    "404": "There is nothing here for whoever asked; forbidden and absent look the same.",
    "405": "This address does not take that method.",
    "406": "This address cannot answer in that format.",
    "409": "Somebody or something was faster, or it is not possible in the state this is in.",
    "410": "It was erased.",
    "413": "Too large.",
    "415": "This address does not take that kind of body.",
    "422": "Well formed, and cannot be worked with.",
    "429": "Too often; Retry-After says when.",
    "503": "A part of the service is away.",
}
_VERBS: Final = ("get", "put", "post", "delete", "patch")


def add_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook of the description's generator, after everything else."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for verb in _VERBS:
            if verb in path:
                _complete(path[verb]["responses"], content)
                _say_what_must_be_there(path[verb].get("requestBody", {}), result["components"]["schemas"])
    return result


def _say_what_must_be_there(body: dict[str, Any], known: dict[str, Any]) -> None:
    """The generator does not see it where the code describes a body by hand, or as one of several."""
    if any(_asks(kind.get("schema", {}), known) for kind in body.get("content", {}).values()):
        body["required"] = True


def _asks(schema: dict[str, Any], known: dict[str, Any]) -> bool:
    """Has it a field that must be there?"""
    if "$ref" in schema:
        return _asks(known[schema["$ref"].rpartition("/")[2]], known)
    if "oneOf" in schema:
        return all(_asks(one, known) for one in schema["oneOf"])
    return bool(schema.get("required"))


def _complete(responses: dict[str, Any], content: dict[str, Any]) -> None:
    for status, description in REFUSED.items():
        response = responses.setdefault(status, {"description": description})
        response["content"] = {**response.get("content", {}), **content}
