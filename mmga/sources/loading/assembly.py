"""The files of a data set, put together beside the place where it is to appear."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmga.sources.loading.images import Pictures
from mmga.sources.loading.related import Related
from mmga.sources.loading.staged import Segments
from mmga.sources.loading.writing import DroppedList, list_pictures, write_empty, write_records
from mmga.tables import TABLES, next_table_file, write_description


@dataclass(frozen=True)
class Assembly:
    """What a data set is put together from."""

    data: Path
    """The folder that is made."""
    segments: Segments
    related: Related
    pictures: Pictures
    added: bool
    """Whether the records are added to a data set, the files of which stay as they are."""

    def write(self, out: Path, dropped: DroppedList, *, private: bool) -> dict[str, int]:
        """Write every file but the description, and say how many records each table got.

        Args:
            out: The data set that is added to.
            dropped: Lists what is not written.
            private: Whether the places of pictures must not be listed.
        """
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        if self.added:
            _link_all(out, self.data)
        written = {table: self._write_table(table, dropped) for table in TABLES}
        undecodable = self.pictures.dropped()
        list_pictures(self.segments, self.related, undecodable, dropped, private=private)
        for part in self.pictures.parts():
            (self.data / "images").mkdir(exist_ok=True)
            _link(part, self.data / "images" / part.name)
        return written

    def describe(self, description: dict[str, Any]) -> None:
        """Write `dataset.json`; that of before may be a link to what must stay."""
        (self.data / "dataset.json").unlink(missing_ok=True)
        write_description(self.data, description)

    def _write_table(self, table: str, dropped: DroppedList) -> int:
        file = self.data / f"{table}.parquet"
        if self.added:
            file = next_table_file(self.data, table)
        written = write_records(table, self.segments, self.related, file, dropped)
        if not written and not self.added:
            write_empty(table, file)
        return written


def _link_all(old: Path, new: Path) -> None:
    """The same files in another folder, without writing one."""
    for file in old.iterdir():
        to = new / file.name
        if file.is_dir():
            to.mkdir()
            _link_all(file, to)
        elif file.is_symlink():
            to.symlink_to(file.resolve())
        else:
            _link(file, to)


def _link(file: Path, to: Path) -> None:
    try:
        os.link(file, to)
    except OSError:  # a file system without links
        shutil.copy2(file, to)
