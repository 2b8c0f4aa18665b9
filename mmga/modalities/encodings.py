"""What has been encoded before is not encoded again: arrays by content hash, on disk."""

import os
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray


class EncodingStore:
    """Rows of one kind and one revision of the encoder, found by the hash of what was encoded.

    The store is a folder of parts that only grows: `NAME.npy` holds the rows and `NAME.parquet`
    their hashes. A part counts once its hashes are there, and they are moved in place last, so a
    run that is killed loses at most the part it was writing. No two parts have the same name, so
    several runs may add to one store at the same time.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._place: dict[str, tuple[int, int]] = {}
        self._parts: list[Path] = []
        for hashes in sorted(folder.glob("*.parquet")):
            self._remember(hashes.with_suffix(".npy"), pd.read_parquet(hashes)["key"].tolist())

    def __contains__(self, key: str) -> bool:
        return key in self._place

    def add(self, keys: Sequence[str], rows: NDArray[np.generic]) -> None:
        """Keep `rows` (n, ...) under `keys` (n)."""
        part = self.folder / f"{uuid.uuid4().hex}.npy"
        np.save(part, rows)
        hashes = part.with_suffix(".parquet.new")
        pd.DataFrame({"key": list(keys)}).to_parquet(hashes)
        os.replace(hashes, part.with_suffix(".parquet"))
        self._remember(part, keys)

    def write(self, keys: Sequence[str], file: Path, row: NDArray[np.generic]) -> None:
        """Write the rows of `keys` in that order as one array, without holding it in memory.

        Args:
            keys: Hashes that the store holds.
            file: The `.npy` file to write.
            row: What a row looks like: its shape and its type.
        """
        whole = (len(keys), *row.shape)
        if not keys:  # an empty file cannot be mapped
            np.save(file, np.empty(whole, row.dtype))
            return
        out = np.lib.format.open_memmap(file, mode="w+", dtype=row.dtype, shape=whole)
        places = np.array([self._place[key] for key in keys])
        for number, part in enumerate(self._parts):
            rows = np.flatnonzero(places[:, 0] == number)
            if len(rows):
                out[rows] = np.load(part, mmap_mode="r")[places[rows, 1]]
        out.flush()

    def _remember(self, part: Path, keys: Sequence[str]) -> None:
        self._place.update((key, (len(self._parts), row)) for row, key in enumerate(keys))
        self._parts.append(part)
