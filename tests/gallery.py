"""Pictures of every page for docs/gallery: `python -m tests.gallery` starts a demo of its own, as `make screenshots` does."""

import base64
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
from playwright.sync_api import Page

from monitor import embedded
from monitor.figures_demo import NotMeasuredError, OwnDemo, own_demo
from monitor.figures_pages import OTHERS, OWN_PAGES, PHYSICIAN, PLACES, STRANGERS, Place
from tests.chromium import chromium
from tests.pictures import pixels, small
from tests.visits import Sessions, by_role, open_place

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "gallery"
WIDTHS: Final = (1440, 768, 360)
TALLEST: Final = 1100
"""Pixels: what lies below is cut off, so that the repository stays small."""
SECONDS: Final = 300.0
CALM: Final = """
SELECT (SELECT count(*) FROM alerts_heartbeat) > 1 AND NOT EXISTS (
  SELECT 1 FROM patients_patient p LEFT JOIN alerts_watchstate w ON w.patient_id = p.id
  WHERE p.active AND w.evaluated_revision IS DISTINCT FROM p.revision)
"""
"""Whether all is judged that is known, and watching and mailing have shown life."""
GROUPS: Final = {
    "The care team": (*PHYSICIAN, *OTHERS),
    "A patient's own pages": OWN_PAGES,
    "Before signing in, and the demo": STRANGERS,
}
HEAD: Final = f"""# Every page in pictures

Made by `make screenshots` from a demo of its own: patients are invented or published cases. Each page stands in windows of
{" , ".join(map(str, WIDTHS)).replace(" ,", ",")} pixels; below {TALLEST} pixels it is cut off.
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture."""

    place: Place
    width: int
    scheme: str = "light"

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.place.slug}-{self.width}{'-dark' * (self.scheme == 'dark')}.png"


def shots(place: Place) -> Iterator[Shot]:
    """Yield the pictures of a page, the widest first, the dark ones last; of a twin only the widest."""
    yield from (Shot(place, width) for width in WIDTHS[: 1 if place.twin else None])
    if place.dark:
        yield from (Shot(place, width, "dark") for width in (WIDTHS[0], WIDTHS[-1]))


def listing() -> str:
    """Return the gallery's page."""
    parts = [HEAD]
    for title, places in GROUPS.items():
        lines = [f"| {_links(place)} | {place.role or 'nobody'} | {place.caption} |" for place in places]
        parts.append("\n".join([f"\n## {title}\n", "| page | seen by | shows |", "|---|---|---|", *lines, ""]))
    return "".join(parts)


def _links(place: Place) -> str:
    """Return a page's name with its pictures."""
    words = [f"[{one.width}{' dark' * (one.scheme == 'dark')}]({one.name})" for one in shots(place)]
    return f"{place.name}: {', '.join(words)}"


def picture(page: Page, tallest: int = TALLEST) -> bytes:
    """Return a page from its top, as far down as it goes or is wanted, as a small PNG. The window grows for it."""
    window = page.viewport_size
    assert window is not None
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": window["width"], "height": max(window["height"], min(height, tallest))})
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})["data"]
    session.detach()
    page.set_viewport_size(window)
    return small(pixels(base64.b64decode(taken)))


def take(sessions: Sessions, folder: Path, places: tuple[Place, ...] = PLACES, tallest: int = TALLEST) -> int:
    """Take every picture of these pages; return how many."""
    count = 0
    for role, theirs in by_role(places).items():
        wanted = [one for place in theirs for one in shots(place)]
        for width, scheme in dict.fromkeys((one.width, one.scheme) for one in wanted):
            with sessions.window(role, width, scheme) as (page, _):
                for one in wanted:
                    if (one.width, one.scheme) == (width, scheme):
                        open_place(page, sessions.url, one.place)
                        (folder / one.name).write_bytes(picture(page, tallest))
                        count += 1
    return count


def calm(demo: OwnDemo) -> Callable[[], bool]:
    """Return what asks a demo that runs whether it has come to rest."""
    url = embedded.attach(demo.local)["DATABASE_OPERATOR_URL"]

    def asked() -> bool:
        with psycopg.connect(url) as database:
            return bool((database.execute(CALM).fetchone() or [False])[0])

    return asked


def wait(until: Callable[[], bool], seconds: float = SECONDS, every: float = 1.0) -> None:
    """Wait until something is so; NotMeasuredError if that never comes."""
    deadline = time.monotonic() + seconds
    while not until():
        if time.monotonic() > deadline:
            raise NotMeasuredError(f"The demo did not come to rest within {seconds:.0f} s.")
        time.sleep(every)


def main() -> int:
    """Make the gallery anew; return the exit status."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    try:
        with own_demo() as demo, chromium() as browser:
            demo.start()
            wait(calm(demo))
            count = take(Sessions(demo.described, browser), FOLDER)
    except NotMeasuredError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    (FOLDER / "README.md").write_text(listing())
    sys.stderr.write(f"{count} pictures in {FOLDER.relative_to(FOLDER.parent.parent)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
