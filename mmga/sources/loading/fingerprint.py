"""Whether a delivery is the one that an interrupted import had begun to read."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mmga.sources.folders import files_in, folders_below


def fingerprint_of(paths: Iterable[Path], *options: object) -> str:
    """A hash of the names, sizes and times of files, and of options.

    Contents are not read: that would take as long as the import.

    Args:
        paths: Files, or folders with all that is in them; links in these are not followed.
        options: Whatever else makes another delivery; told apart by their `repr`.
    """
    digest = hashlib.sha256(repr(options).encode(errors="surrogatepass"))
    for path in paths:
        for file, found in _files(path):
            told = repr((str(file), found.st_size, found.st_mtime_ns))
            digest.update(told.encode(errors="surrogatepass"))
    return digest.hexdigest()


def _files(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        found = path.stat()
    except OSError:
        return  # whoever reads it says so
    if not path.is_dir():
        yield path, found
        return
    for folder in folders_below(path, hidden=lambda _: False, unreadable=lambda _: None):
        for file in files_in(path / folder):
            with contextlib.suppress(OSError):  # as above
                yield Path(file.path), file.stat(follow_symlinks=False)
