"""Reads one file in a process of its own: bytes on standard input, JSON lines on standard output.

`python -I …/patients/parsers/__main__.py NAME FORMAT ROWS MEMORY CPU`, started by `patients.sandbox`. NAME is the file's
name, FORMAT the wanted format or "", ROWS how many results it may hold, MEMORY in bytes, CPU in seconds. It limits itself
before it imports a parser or reads a byte. No Django, no database, no environment.
"""

import os
import sys
from pathlib import Path

TOO_LARGE = 3
"""Exit status for memory used up; too little is left to say more."""


def main(name: str, wanted: str, rows: int) -> None:
    """Read standard input as a file and write what it holds."""
    from patients.parsers.messages import item_line, line
    from patients.parsers.registry import find

    content, write = sys.stdin.buffer.read(), sys.stdout.buffer.write
    parser = find(content, name, wanted)
    if parser is None:
        write(line(unreadable="unknown_format"))
        return
    write(line(format=parser.name))
    count = 0
    for item in parser.parse(content):
        count += 1
        if count > rows:
            write(line(unreadable="too_many_rows"))
            return
        write(item_line(item))
    write(line(end=count))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from patients.parsers.confinement import confine

    _name, _wanted, _rows, _memory, _cpu = sys.argv[1:6]
    try:
        confine(memory_bytes=int(_memory), cpu_seconds=int(_cpu))
        main(_name, _wanted, int(_rows))
        sys.stdout.buffer.flush()
    except MemoryError:
        os._exit(TOO_LARGE)
