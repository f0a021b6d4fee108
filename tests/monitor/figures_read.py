"""What tests read of a course figure: traces by name, colors, words, the figure as Plotly itself understands it."""

import json
from typing import Any

Figure = dict[str, Any]


def traces(figure: Figure, name: str) -> list[dict[str, Any]]:
    """Return the traces of this name, in drawing order."""
    return [one for one in figure["data"] if one["name"] == name]


def trace(figure: Figure, name: str) -> dict[str, Any]:
    """Return the only trace of this name."""
    (found,) = traces(figure, name)
    return found


def names(figure: Figure) -> list[str]:
    """Return the names of the traces in drawing order."""
    return [one["name"] for one in figure["data"]]


def panes(figure: Figure) -> list[str]:
    """Return the ids of the strips from the top down."""
    return [pane["id"] for pane in figure["layout"]["meta"]["panes"]]


def shapes(figure: Figure, name: str) -> list[dict[str, Any]]:
    """Return the shapes of this name."""
    return [shape for shape in figure["layout"]["shapes"] if shape["name"] == name]


def notes(figure: Figure, name: str) -> list[dict[str, Any]]:
    """Return the annotations of this name."""
    return [note for note in figure["layout"]["annotations"] if note["name"] == name]


def colors(node: object) -> set[str]:
    """Return every color named anywhere in a figure, but transparent."""
    if isinstance(node, dict):
        found = set().union(*(colors(value) for key, value in node.items() if key != "meta"), set())
    elif isinstance(node, list | tuple):
        found = set().union(*(colors(value) for value in node), set())
    else:
        found = {node} if isinstance(node, str) and node.startswith(("#", "rgba(")) else set()
    return found - {"rgba(0,0,0,0)"}


def texts(figure: Figure) -> list[str]:
    """Return every text that a figure shows, templates without the one tag that Plotly asks for."""
    found = [note["text"] for note in figure["layout"]["annotations"]]
    for one in figure["data"]:
        found.append(one.get("hovertemplate", "").replace("<extra></extra>", ""))
        for key in ("text", "customdata"):
            found += [str(text) for text in one.get(key, [])]
    return found


def understood(figure: Figure) -> Figure:
    """Return the figure after Plotly has checked every property of it: ValueError for what it does not know."""
    import plotly.graph_objects as go  # a second to load: only where it is asked for

    checked = go.Figure(data=figure["data"], layout=figure["layout"])
    return dict(json.loads(checked.to_json()))
