"""`mmga sample`: a data set to try."""

import json
from pathlib import Path

import click

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
    from mmga.sources.loading.landing import landing
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
    click.echo(next_commands(out))


def next_commands(out: Path) -> str:
    """What one does with a data set that was made: the pipeline reads `data/` of a project."""
    if out.resolve().name == "data":
        return f"Next, in the project: dvc add {out} && dvc push data.dvc, then dvc repro"
    return f"The pipeline reads `data/` of a project; {out} is to be moved there to train on it."
