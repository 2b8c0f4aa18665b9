"""The server answers, and tells what was wrong with a question."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmga.errors import InputError
from mmga.project import Project
from mmga.registry.promotion import promote
from mmga.registry.registration import register
from mmga.registry.versions import address_of, load
from mmga.service.answers import answer, ranked
from mmga.service.serve import command, environment


@pytest.fixture
def server(project: Project, world: SimpleNamespace, tmp_path: Path) -> Iterator[str]:
    """The address of a server of the champion."""
    world.train(project, "one")
    register(project)
    promote(project)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = command(address_of(project, "champion"), "127.0.0.1", port)
    log = tmp_path / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            line, env=environment(), cwd=tmp_path, stdout=out, stderr=out, start_new_session=True
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process, log)
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=30)


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/ping", timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"no answer within a minute:\n{log.read_text()}")


def ask(address: str, body: str) -> tuple[int, dict]:
    """Status and answer."""
    request = urllib.request.Request(
        f"{address}/invocations", body.encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def question(user: object, **params: object) -> str:
    return json.dumps({"dataframe_records": [{"user_id": user}], "params": params})


def test_the_champion_answers_over_http_and_refuses_readably(server: str, project: Project) -> None:
    status, found = ask(server, question("u003", k=3))
    assert status == 200
    expected = load(project).fans("u003", 3)
    assert [row["user_id"] for row in found["predictions"]] == expected["user_id"].tolist()
    assert [row["rank"] for row in found["predictions"]] == [1, 2, 3]
    assert {row["query"] for row in found["predictions"]} == {"u003"}

    status, found = ask(server, question("u003"))
    assert len(found["predictions"]) == 10
    status, found = ask(server, question("u003", task="lookalike", k=1))
    assert found["predictions"][0]["user_id"] == load(project).lookalike("u003", 1)["user_id"][0]

    refused = {
        question("nobody"): "no user 'nobody'",
        question(None): "user_id must be text",
        question("u003", k=0): "k must be at least 1, got 0",
        question("u003", k="many"): "'k'",
        question("u003", k=None): "k must be a whole number",
        question("u003", task="fan"): "did you mean 'fans'",
        '{"dataframe_records": [{"user": "u003"}]}': "missing inputs ['user_id']",
        "this is no JSON": "valid JSON",
    }
    for body, message in refused.items():
        status, found = ask(server, body)
        assert status == 400, body
        assert message in found["message"]
        assert "stack_trace" not in found


def test_an_answer_has_a_row_for_every_ranked_user(world: SimpleNamespace) -> None:
    found = answer(world.fan_model(0.2), ["u001", "u002"], {"task": "followees", "k": 2})
    assert found.columns.tolist() == ["query", "rank", "user_id", "score"]
    assert found["query"].tolist() == ["u001", "u001", "u002", "u002"]
    assert found["rank"].tolist() == [1, 2, 1, 2]
    best = ranked(world.fan_model(0.2), "followees", "u002", 2)
    assert found["user_id"].tolist()[2:] == best["user_id"].tolist()
    assert answer(world.fan_model(0.2), [], {}).empty


def test_more_than_a_request_may_ask_for_is_refused(world: SimpleNamespace) -> None:
    with pytest.raises(InputError, match="at most 1000, got 1001"):
        answer(world.fan_model(0.2), ["u001"], {"k": 1001})
    with pytest.raises(InputError, match="1,000 users, got 1,001; ask in parts"):
        answer(world.fan_model(0.2), ["u001"] * 1001, {})
