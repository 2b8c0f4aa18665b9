"""The pictures of accepted posts go into image parts, with flat memory, part after part.

A part that is complete is noted beside the parts, together with what was dropped on the way: so an
interrupted import goes on with the next.
"""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmga.progress import track
from mmga.sources.pictures import PictureError, strict_pixels, usable
from mmga.tables import PART_BYTES, ImageWriter, image_parts

WORKERS = min(os.cpu_count() or 1, 4)
"""Threads that decode; Pillow leaves Python's lock meanwhile."""

AHEAD = 2 * WORKERS
"""Pictures in memory at once beside those that a part has not written yet."""

FAULTS = 2**16
"""Pictures that could not be used, after which a part ends as well: so few are held in memory."""

DROPPED = pa.schema([("n", pa.int64()), ("reason", pa.string())])

Row = dict[str, Any]


@dataclass(frozen=True)
class Done:
    """A part that is complete, or the last of all, and which pictures lie behind it."""

    rows: int
    """Rows of the plan that need not be looked at again."""
    written: int
    """Pictures written into this part."""
    parts: int
    """How many parts there are now."""


class Pictures:
    """Pictures on their way from a source into parts."""

    def __init__(self, folder: Path, first_part: int, part_bytes: int = PART_BYTES) -> None:
        """Args are a folder for `images/` and notes, the first part's number and a part's size."""
        self.folder = folder
        self._first_part = first_part
        self._part_bytes = part_bytes
        (folder / "notes").mkdir(parents=True, exist_ok=True)

    def write(self, plan: Path, picture: Callable[[str], bytes]) -> int:
        """Write what is left to write, and say how many pictures there are in all.

        Args:
            plan: A Parquet file: n, post_id, place, position, image_id, in order of n.
            picture: Finds the bytes of a place, or raises `PictureError`.
        """
        done = self._done()
        self._remove_incomplete(done[-1].parts if done else 0)
        start, total = (done[-1].rows if done else 0), int(pq.read_metadata(plan).num_rows)
        if start < total:
            with strict_pixels(), ThreadPoolExecutor(WORKERS) as threads:
                rows = track(
                    _rows(plan, start), "pictures", total=total, unit="pictures", initial=start
                )
                self._write(_looked_at(rows, picture, threads), start, done)
        return sum(part.written for part in self._done())

    def parts(self) -> list[Path]:
        """The parts, in order."""
        return image_parts(self.folder)

    def dropped(self) -> Iterator[pa.Table]:
        """The pictures that could not be used, in order: n, reason."""
        for file in sorted((self.folder / "notes").glob("*.parquet")):
            yield pq.read_table(file, schema=DROPPED)

    def _write(
        self, rows: Iterator[tuple[Row, bytes | PictureError]], start: int, done: list[Done]
    ) -> None:
        parts = before = done[-1].parts if done else 0
        faults: list[tuple[int, str]] = []
        seen = noted = start
        counted = 0
        with ImageWriter(self.folder, self._part_bytes, self._first_part + before) as writer:
            for row, content in rows:
                seen += 1
                if isinstance(content, PictureError):
                    faults.append((row["n"], f"the picture {content}"))
                else:
                    writer.add(row["image_id"], row["post_id"], row["position"], content)
                full = len(faults) == FAULTS
                if full:
                    writer.end_part()
                if full or before + writer.parts > parts:
                    parts = before + writer.parts
                    self._note(Done(seen, writer.written - counted, parts), faults)
                    faults, noted, counted = [], seen, writer.written
        if seen > noted:
            self._note(Done(seen, writer.written - counted, before + writer.parts), faults)

    def _note(self, part: Done, faults: list[tuple[int, str]]) -> None:
        """The note comes last, at once: with it the part counts, without it is done again."""
        name = f"{part.rows:012d}"
        rows = [dict(zip(DROPPED.names, fault, strict=True)) for fault in faults]
        table = pa.Table.from_pylist(rows, schema=DROPPED)
        pq.write_table(table, self.folder / "notes" / f"{name}.parquet")
        begun = self.folder / "notes" / "begun"
        begun.write_text(json.dumps(asdict(part)))
        begun.rename(self.folder / "notes" / f"{name}.json")

    def _done(self) -> list[Done]:
        notes = sorted((self.folder / "notes").glob("*.json"))
        return [Done(**json.loads(note.read_text())) for note in notes]

    def _remove_incomplete(self, parts: int) -> None:
        for file in self.parts()[parts:]:
            file.unlink()
        kept = {note.stem for note in (self.folder / "notes").glob("*.json")}
        for file in (self.folder / "notes").glob("*.parquet"):
            if file.stem not in kept:
                file.unlink()


def _rows(plan: Path, start: int) -> Iterator[Row]:
    seen = 0
    with pq.ParquetFile(plan) as file:
        for batch in file.iter_batches(4096, use_threads=False):
            if seen + len(batch) > start:
                yield from batch.slice(max(start - seen, 0)).to_pylist()
            seen += len(batch)


def _looked_at(
    rows: Iterable[Row], picture: Callable[[str], bytes], threads: ThreadPoolExecutor
) -> Iterator[tuple[Row, bytes | PictureError]]:
    """Each row with its picture, in order; only a few are held at once."""
    ahead: deque[tuple[Row, Future[bytes | PictureError]]] = deque()
    for row in rows:
        ahead.append((row, threads.submit(_content, picture, row["place"])))
        if len(ahead) >= AHEAD:
            first, content = ahead.popleft()
            yield first, content.result()
    for first, content in ahead:
        yield first, content.result()


def _content(picture: Callable[[str], bytes], place: str) -> bytes | PictureError:
    try:
        return usable(picture(place))
    except PictureError as reason:
        return reason
    except Exception:  # one picture of a broken archive must not end the import: it is listed
        return PictureError("cannot be read")
