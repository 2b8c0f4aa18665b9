"""The lists of what deliveries lost lie beside the data set: the set holds its own files alone."""

import re
from pathlib import Path


def dropped_file_of(out: Path, delivery: int = 0) -> Path:
    """Where the dropped records of a delivery are listed, one by one.

    Args:
        out: The data set.
        delivery: Its place in `deliveries`, from 0: that of `data` is `data.dropped.csv`, then come
            `data.dropped-00001.csv` and so on, as with the files of a table.
    """
    out = out.resolve()
    return out.with_name(f"{out.name}.dropped{f'-{delivery:05d}' if delivery else ''}.csv")


def dropped_files_of(out: Path) -> dict[int, Path]:
    """Delivery -> its list, in order; one that lost nothing has none."""
    out = out.resolve()
    name = re.compile(rf"{re.escape(out.name)}\.dropped(?:-(\d{{5,}}))?\.csv")
    found = ((name.fullmatch(file.name), file) for file in out.parent.glob("*.csv"))
    return dict(sorted((int(match[1] or 0), file) for match, file in found if match))


def put_list(made: Path, out: Path, delivery: int) -> Path | None:
    """Put the list of a delivery in its place, and say where; None where nothing was dropped.

    A list of the same number goes: it is of an import that added nothing and so was no delivery, or
    of a later version of the data than the one that is added to. With a new data set all go.

    Args:
        made: The list, on the same disk; it is not there where nothing was dropped.
        out: The data set.
        delivery: As in `dropped_file_of`.
    """
    for number, file in dropped_files_of(out).items():
        if number == delivery or not delivery:
            file.unlink()
    return made.rename(dropped_file_of(out, delivery)) if made.exists() else None
