"""`mmga register`, `promote`, `rollback`, and what the champion answers."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mmga.errors import InputError
from mmga.project import Project

if TYPE_CHECKING:
    import pandas as pd

    from mmga.fans import FanModel

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
COUNT = click.option("-k", "count", default=10, show_default=True, help="How many to print.")
WHICH = click.option(
    "--model",
    "which",
    default="champion",
    show_default=True,
    metavar="WHICH",
    help="champion, challenger, previous, a version's number or, but for serve, build.",
)


@click.command()
@AS_JSON
def register(as_json: bool) -> None:
    """Record the training in build/ and register its model as the challenger.

    A training that is registered already is not registered again.

    \b
    Example:  mmga register
    """  # noqa: D301 (click reads the backspace)
    from mmga.registry.registration import register as make

    made = make(Project.find())
    _say({"version": made.version, "new": made.new}, str(made), as_json)


@click.command()
@click.option("--dry-run", is_flag=True, help="Decide, and change nothing.")
@AS_JSON
def promote(dry_run: bool, as_json: bool) -> None:
    """Make the challenger champion if it is better on the current test split.

    Ends with status 0 when the decision was made, whatever it is.

    \b
    Example:  mmga promote --dry-run
    """  # noqa: D301
    from mmga.registry.promotion import promote as decide

    decision = decide(Project.find(), dry_run)
    text = str(decision) + ("\n(a dry run: nothing was changed)" if dry_run else "")
    _say(decision.as_dict() | {"dry_run": dry_run}, text, as_json)


@click.command()
@click.option("--reason", default="rolled back by hand", show_default=True, help="For the record.")
@AS_JSON
def rollback(reason: str, as_json: bool) -> None:
    """Make the previous champion champion again.

    \b
    Example:  mmga rollback --reason "complaints about version 7"
    """  # noqa: D301
    from mmga.registry.promotion import rollback as undo

    decision = undo(Project.find(), reason)
    _say(decision.as_dict(), decision.reason, as_json)


@click.command()
@click.argument("account")
@COUNT
@WHICH
@AS_JSON
def fans(account: str, count: int, which: str, as_json: bool) -> None:
    """The users most likely to become fans of ACCOUNT, best first.

    An account is named by its id or, where the key of the pseudonyms is, by its handle.

    \b
    Example:  mmga fans u00042 -k 5
    """  # noqa: D301
    _rank("fans", account, count, which, as_json)


@click.command()
@click.argument("user")
@COUNT
@WHICH
@AS_JSON
def followees(user: str, count: int, which: str, as_json: bool) -> None:
    """The accounts that USER will most likely follow, best first.

    \b
    Example:  mmga followees u00042 -k 5
    """  # noqa: D301
    _rank("followees", user, count, which, as_json)


@click.command()
@click.argument("user")
@COUNT
@WHICH
@AS_JSON
def lookalike(user: str, count: int, which: str, as_json: bool) -> None:
    """The users whose representation is nearest to USER's, best first.

    \b
    Example:  mmga lookalike u00042 -k 5
    """  # noqa: D301
    _rank("lookalike", user, count, which, as_json)


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@click.option(
    "--users",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A text file, one user a line; without it all users.",
)
@WHICH
@AS_JSON
def embed(out: Path, users: Path | None, which: str, as_json: bool) -> None:
    """Write the users' vectors to a Parquet file: columns user_id and vector.

    \b
    Example:  mmga embed --out vectors.parquet
    """  # noqa: D301
    import pandas as pd

    from mmga.privacy.names import user_among
    from mmga.sources.identities.numbers import Identities

    model = _model(which)
    known = set(model.user_ids)
    wanted = list(model.user_ids)
    if users:
        identities = Identities.read(Project.find().data)
        wanted = [user_among(user, known, model.name, identities) for user in _lines(users)]
    rows = [model.number_of(user) for user in wanted]
    frame = pd.DataFrame({"user_id": wanted, "vector": list(model.vectors[rows])})
    out.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(out, index=False)
    length = model.vectors.shape[1]
    answer = {"out": str(out), "model": model.name, "users": len(rows), "length": length}
    _say(answer, f"{out}: {len(rows):,} users, {length} numbers each", as_json)


def _lines(file: Path) -> list[str]:
    """The lines of a text file, without space around them and without empty ones."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{file} must be UTF-8 text, one user a line: {error}") from None
    return [line.strip() for line in lines if line.strip()]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5001, show_default=True, help="Port to listen on.")
@WHICH
def serve(host: str, port: int, which: str) -> None:
    """Answer questions over HTTP. A new champion is served after a restart.

    \b
    Example:  mmga serve --port 5001
    then:     curl http://127.0.0.1:5001/invocations -H "Content-Type: application/json" \\
                -d '{"dataframe_records": [{"user_id": "u00042"}], "params": {"k": 5}}'
    "params" may also hold "task": "fans", "followees" or "lookalike".
    """  # noqa: D301
    from mmga.registry.versions import address_of
    from mmga.service.serve import command, environment

    address = address_of(Project.find(), which)
    line = command(address, host, port)
    os.execve(line[0], line, environment())


def _rank(task: str, user: str, count: int, which: str, as_json: bool) -> None:
    from mmga.privacy.names import user_among
    from mmga.service.answers import ranked
    from mmga.sources.identities.numbers import Identities

    model = _model(which)
    user = user_among(user, set(model.user_ids), model.name, Identities.read(Project.find().data))
    best = ranked(model, task, user, count)
    answer = {task: user, "model": model.name, "users": best.to_dict("records")}
    _say(answer, _table(best), as_json)


def _model(which: str) -> "FanModel":
    """The registered model asked for, or that of `build/`."""
    if which == "build":
        from mmga.registry.package import trained

        return trained(Project.find())
    from mmga.registry.versions import load

    return load(Project.find(), which)


def _table(best: "pd.DataFrame") -> str:
    """The ranked users, as a person reads them."""
    width = max([len("user"), *map(len, best["user_id"])])
    lines = [f"rank  {'user':<{width}}  score"]
    for rank, (user, score) in enumerate(zip(best["user_id"], best["score"], strict=True), 1):
        lines.append(f"{rank:>4}  {user:<{width}}  {score:.3f}")
    return "\n".join(lines)


def _say(answer: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else text)
