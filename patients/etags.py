"""Entity tags: which revision of a patient an answer rests on. Pure but for the parsing of headers.

Tags are weak: two answers of one revision say the same, byte for byte or not. They are compared as weak ones for `If-Match` too,
where RFC 9110 would let no weak tag match: what matters to a correction is that nothing more is known, not how it was written.
"""

from zlib import crc32

from django.utils.http import parse_etags


def of_revision(revision: int, content: bytes = b"") -> str:
    """Return the tag of a revision; with `content`, of what is told of it beside the facts (a name, a team)."""
    return f'W/"{revision}.{crc32(content):08x}"' if content else f'W/"{revision}"'


def is_known(header: str, tag: str) -> bool:
    """Return whether who asks has this answer already (`If-None-Match`)."""
    return any(one == "*" or _plain(one) == _plain(tag) for one in parse_etags(header))


def names_revision(header: str, revision: int) -> bool:
    """Return whether a tag of an `If-Match` header is one of this revision, of whichever answer."""
    return any(one == "*" or _plain(one).partition(".")[0] == str(revision) for one in parse_etags(header))


def _plain(tag: str) -> str:
    """Return what a tag says, weak or not."""
    return tag.removeprefix("W/").strip('"')
