"""The lines between the process that reads a file and the one that asked for it: JSON, checked strictly on arrival.

First `{"format": …}` or `{"unreadable": …}`, then `{"result": …}` and `{"issue": …}` in the file's order, at last
`{"end": how many}`.
"""

import json
from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, NoReturn

from patients.parsers.raw import RawResult
from patients.readings import Issue, IssueSeverity
from patients.storable import NUL_SIGN, storable

TEXT_LENGTH: Final = 200_000
_USUAL: Final = {one.name: one.default for one in fields(RawResult) if one.name not in {"row", "issues"}}
_NAMES: Final = ("row", *_USUAL)
_KNOWN: Final = frozenset(_NAMES)
_TEXTS: Final = attrgetter(*_NAMES)
_DEFAULTS: Final = (None, *_USUAL.values())
_SEVERITIES: Final = {severity.value: severity for severity in IssueSeverity}

Message = RawResult | Issue | dict[str, str | int]


class GarbledError(ValueError):
    """A line that no honest reader sends."""


def _no_number(name: str) -> NoReturn:
    raise GarbledError(f"{name} is no number")


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_DECODER: Final = json.JSONDecoder(parse_constant=_no_number)


def line(**said: object) -> bytes:
    """Return one message as a line; what no database text may hold is replaced."""
    text = _ENCODER.encode(said)
    if "\\u0000" in text:  # a NUL, or the letters of its escape, which stay as they are
        text = _ENCODER.encode(_without_nul(said))
    return text.encode("utf-8", errors="replace") + b"\n"


def _without_nul(said: object) -> object:
    if isinstance(said, str):
        return said.replace("\0", NUL_SIGN)
    if isinstance(said, list):
        return [_without_nul(part) for part in said]
    return {name: _without_nul(part) for name, part in said.items()} if isinstance(said, dict) else said


def item_line(item: RawResult | Issue) -> bytes:
    """Return the line of a result, without what is as usual, or of an issue."""
    if isinstance(item, Issue):
        return line(issue=_issue_texts(item))
    said: dict[str, object] = {
        name: text for name, text, usual in zip(_NAMES, _TEXTS(item), _DEFAULTS, strict=True) if text != usual
    }
    if item.issues:
        said["issues"] = [_issue_texts(issue) for issue in item.issues]
    return line(result=said)


def _issue_texts(issue: Issue) -> list[str]:
    return [issue.row, issue.column, issue.code, issue.severity.value, issue.message, issue.original]


def read_line(received: bytes) -> Message:
    """Return what a line says: a result, an issue, or one of the other messages as it stands; `GarbledError` where it lies."""
    try:
        said = _DECODER.decode(received.decode())
    except (ValueError, RecursionError) as reason:
        raise GarbledError("no JSON") from reason
    if not isinstance(said, dict) or len(said) != 1:
        raise GarbledError("not one message")
    ((kind, content),) = said.items()
    if kind == "result":
        return _result(content)
    if kind == "issue":
        return _issue(content)
    if kind in {"format", "unreadable"} and isinstance(content, str):
        _check_texts([content])
        return {kind: content}
    if kind == "end" and type(content) is int:
        return {kind: content}
    raise GarbledError("unknown message")


def _result(content: Any) -> RawResult:
    if not isinstance(content, dict) or "row" not in content:
        raise GarbledError("no result")
    issues = content.pop("issues", [])
    if not isinstance(issues, list) or not content.keys() <= _KNOWN:
        raise GarbledError("unknown field")
    _check_texts(content.values())
    if content.get("decimal_mark", ".") not in {"", ".", ","}:
        raise GarbledError("no decimal mark")
    return RawResult(issues=tuple(map(_issue, issues)), **content)


def _issue(content: Any) -> Issue:
    if not isinstance(content, list) or len(content) != 6:
        raise GarbledError("no issue")
    _check_texts(content)
    row, column, code, severity, message, original = content
    if severity not in _SEVERITIES:
        raise GarbledError("no severity")
    return Issue(row, column, code, _SEVERITIES[severity], message, original)


def _check_texts(contents: Iterable[Any]) -> None:
    """Let only texts pass that the database can keep, and not too much of them."""
    try:
        together = "".join(contents)
    except TypeError as reason:
        raise GarbledError("no text") from reason
    if len(together) > TEXT_LENGTH or storable(together) != together:
        raise GarbledError("no text that can be kept")
