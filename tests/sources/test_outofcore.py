"""What is related in parts is related as a whole."""

import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from mmga.sources.loading import relate
from mmga.sources.loading.load import load
from mmga.sources.loading.outofcore import EFFORTS, Effort, OutOfCore
from mmga.sources.source import Edge, Picture, Post, User
from tests.sources.made import Made, files_of

IN_CRUMBS = Effort("350MB", 2, 7, 3)


def delivery(seed, picture):
    """Many records of few keys, so that each rule has its cases."""
    chance = random.Random(seed)
    users, posts = [f"u{i}" for i in range(9)], [f"p{i}" for i in range(9)]
    parts = [[User("w", chance.choice(users[:6])) for _ in range(8)]]
    for n in range(3):
        part = [Post(f"{n}", chance.choice(posts), chance.choice(users)) for _ in range(12)]
        part += [Picture("w", chance.choice(posts), "1", chance.choice([None, 0, 1])) for _ in part]
        kinds = ("follow", "follow", "mention", "like")
        part += [
            Edge("w", chance.choice(users), chance.choice(users), None, chance.choice(kinds))
            for _ in range(30)
        ]
        parts.append(part)
    return Made(parts, {"1": picture()})


@pytest.mark.parametrize("undirected", [False, True])
@pytest.mark.parametrize("everyone", [False, True])
def test_in_parts_of_a_few_records_the_same_is_found(
    tmp_path, picture, monkeypatch, everyone, undirected
):
    found = []
    for name, efforts in {"whole": EFFORTS, "crumbs": (IN_CRUMBS,)}.items():
        monkeypatch.setattr(relate, "EFFORTS", efforts)
        out = tmp_path / name / "data"
        for seed in (1, 2):
            source = delivery(seed, picture)
            load(source, out, append=seed == 2, everyone=everyone, undirected=undirected)
        found.append(files_of(out))
    assert found[0] == found[1]


def test_where_memory_does_not_do_it_is_tried_with_less_at_once(tmp_path, picture, monkeypatch):
    tried = []

    class Scarce(OutOfCore):
        def __init__(self, folder, effort, *done):
            tried.append(effort)
            super().__init__(folder, effort, *done)

        def write(self, query, file):
            if len(tried) < 3:
                raise duckdb.OutOfMemoryException("as if")
            super().write(query, file)

    monkeypatch.setattr(relate, "OutOfCore", Scarce)
    assert load(delivery(1, picture), tmp_path / "data", everyone=True).written["follows"]
    assert tried == list(EFFORTS)


QUERY = """
import signal, sys
from pathlib import Path
from mmga.sources.loading.outofcore import EFFORTS, OutOfCore
signal.signal(signal.SIGINT, signal.default_int_handler)
with OutOfCore(Path(sys.argv[1]), EFFORTS[0]) as database:
    print("begun", flush=True)
    database.run("CREATE TABLE t AS SELECT count(*) FROM range(10000000) a, range(10000000) b"
                 " WHERE hash(a.range) < hash(b.range)")
"""


def test_ctrl_c_ends_a_query_as_it_ends_anything_else(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", QUERY, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "begun\n"
        for _ in range(20):  # a person would press it again, too
            time.sleep(0.5)
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    finally:
        process.kill()
    assert said.strip().endswith("KeyboardInterrupt")
