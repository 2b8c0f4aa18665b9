"""`mmga sample` and `mmga import`: where a data set comes from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mmga.sources.tables import Report

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")


@click.command()
@click.option("--out", type=FOLDER, required=True, help="Folder to make, usually `data`.")
@click.option("--users", default=1500, show_default=True, help="How many.")
@click.option("--posts-per-user", default=6, show_default=True, help="Mean number of posts.")
@click.option("--seed", default=7, show_default=True, help="The same seed gives the same bytes.")
@click.option("--dirty", is_flag=True, help="Add the defects that real deliveries have.")
@click.option("--force", is_flag=True, help="Replace a data set that is there already.")
@AS_JSON
def sample(
    out: Path,
    users: int,
    posts_per_user: int,
    seed: int,
    dirty: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Make a small Instagram-like world of users, posts, pictures and follows.

    What makes its users follow one another is known, so that a model can be judged by it.

    \b
    Example:
      mmga sample --out data --users 1500 --posts-per-user 6 --seed 7
    """  # noqa: D301 (click reads the backspace)
    from mmga.sample.world import write_sample
    from mmga.sources.landing import landing
    from mmga.tables import read_description

    with landing(out, replace=force) as hidden:
        made = hidden / "data"
        write_sample(made, users=users, posts_per_user=posts_per_user, seed=seed, dirty=dirty)
    counts = read_description(out)["counts"]
    if as_json:
        click.echo(json.dumps({"out": str(out), "written": counts}, indent=2))
        return
    for table, count in counts.items():
        click.echo(f"{table:<8} {count:>10,}")
    click.echo(_next_commands(out))


@click.group("import")
def import_() -> None:
    """Bring your own users, posts, pictures and follows into the canonical layout."""


@import_.command("tables")
@click.option("--out", type=FOLDER, required=True, help="Folder to make, usually `data`.")
@click.option("--follows", type=FILE, required=True, help="Who follows whom.")
@click.option("--users", type=FILE, help="Users; without it everyone who posts or follows.")
@click.option("--posts", type=FILE, help="Posts: who, when, caption.")
@click.option("--images", type=FILE, help="Pictures: of which post, in which file.")
@click.option("--image-folder", type=FOLDER, help="Where their paths begin [by --images].")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="TABLE.COLUMN=RAW",
    help="What a column is called in your file; as often as needed.",
)
@click.option(
    "--set",
    "constants",
    multiple=True,
    metavar="TABLE.COLUMN=VALUE",
    help="One value for every record, as in follows.kind=mention.",
)
@click.option("--undirected", is_flag=True, help="A friendship is a follow in both directions.")
@click.option("--encoding", default="utf-8", show_default=True, help="Of every CSV.")
@click.option("--name", help="Of the data set [that of --out].")
@click.option("--source", default="not stated", help="Where the data come from.")
@click.option("--licence", default="not stated", help="Under which terms they may be used.")
@click.option("--force", is_flag=True, help="Replace a data set that is there already.")
@AS_JSON
def tables(
    out: Path,
    follows: Path,
    users: Path | None,
    posts: Path | None,
    images: Path | None,
    image_folder: Path | None,
    maps: tuple[str, ...],
    constants: tuple[str, ...],
    undirected: bool,
    encoding: str,
    name: str | None,
    source: str,
    licence: str,
    force: bool,
    as_json: bool,
) -> None:
    """Import users, posts, images and edges from CSV or Parquet; only --follows is a must.

    A column that is called as below is found by itself; others are named with --map, and what is
    left is ignored. Required columns are marked *.

    \b
    users    user_id*  topic  bio
    posts    post_id*  user_id*  created_at  caption  tags (a|b: become hashtags)
    images   post_id*  file or bytes*  position  image_id
    follows  follower_id*  followee_id*  followed_at  kind (follow, mention or tag)

    Times are ISO 8601 or a count since 1970. What cannot be used is left out and listed, with the
    reason, in OUT.dropped.csv.

    \b
    Example:
      mmga import tables --out data --users users.csv --posts posts.csv \\
          --images images.csv --image-folder photos --follows edges.csv \\
          --map users.user_id=user --map posts.user_id=author --map posts.caption=text \\
          --map follows.follower_id=src --map follows.followee_id=dst
    """  # noqa: D301 (click reads the backspace)
    from mmga.sources.mapping import Mapping
    from mmga.sources.tables import Delivery, import_tables

    files = {"users": users, "posts": posts, "images": images, "follows": follows}
    delivery = Delivery(
        files={table: file for table, file in files.items() if file},
        mapping=Mapping.parse(maps, constants),
        image_folder=image_folder,
        undirected=undirected,
        encoding=encoding,
        name=name or out.resolve().name,
        source=source,
        licence=licence,
    )
    report = import_tables(delivery, out, replace=force)
    if as_json:
        click.echo(json.dumps(_as_json(report), indent=2))
        return
    _print(report)
    click.echo(_next_commands(out))


def _print(report: "Report") -> None:
    click.echo(f"{'table':<8} {'read':>10} {'written':>10} {'dropped':>10}")
    for table, written in report.written.items():
        dropped = sum(report.dropped.get(table, {}).values())
        read = f"{report.read[table]:,}" if table in report.read else "-"
        click.echo(f"{table:<8} {read:>10} {written:>10,} {dropped:>10,}")
    for table, reasons in report.dropped.items():
        for reason, count in reasons.items():
            click.echo(f"  dropped {count:,} of {table}: {reason}")
    if report.dropped_file:
        click.echo(f"  one by one in {report.dropped_file}")


def _as_json(report: "Report") -> dict[str, object]:
    listed = str(report.dropped_file) if report.dropped_file else None
    return {
        "read": report.read,
        "written": report.written,
        "dropped": report.dropped,
        "dropped_file": listed,
    }


def _next_commands(out: Path) -> str:
    return f"Next: dvc add {out} && dvc push, then dvc repro"
