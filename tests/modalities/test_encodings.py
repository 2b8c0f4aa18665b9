"""What was encoded before."""

from pathlib import Path

import numpy as np

from mmga.modalities.encodings import EncodingStore


def test_two_runs_at_once_lose_and_mix_nothing(tmp_path: Path) -> None:
    first, second = EncodingStore(tmp_path / "store"), EncodingStore(tmp_path / "store")
    for number in range(4):
        for store, sign in ((first, 1), (second, -1)):
            rows = np.full((2, 3), sign * number, dtype=np.int32)
            store.add([f"{sign} {number} a", f"{sign} {number} b"], rows)
    keys = [f"{sign} {number} {x}" for number in range(4) for sign in (1, -1) for x in "ab"]
    EncodingStore(tmp_path / "store").write(keys, tmp_path / "all.npy", np.zeros(3, np.int32))
    expected = [sign * number for number in range(4) for sign in (1, -1) for _ in "ab"]
    assert np.load(tmp_path / "all.npy")[:, 0].tolist() == expected


def test_a_part_that_was_never_finished_does_not_count(tmp_path: Path) -> None:
    store = EncodingStore(tmp_path / "store")
    store.add(["a"], np.ones((1, 2), np.int32))
    np.save(tmp_path / "store" / "half.npy", np.zeros((9, 2), np.int32))
    again = EncodingStore(tmp_path / "store")
    assert "a" in again
    assert "b" not in again
