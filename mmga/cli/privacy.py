"""`mmga forget`: a data set without a user, and what still knows them."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mmga.privacy.forget import Forgetting
    from mmga.privacy.traces import Trace


@click.command()
@click.argument("users", nargs=-1, required=True, metavar="USER...")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option(
    "--purge",
    "clear",
    is_flag=True,
    help="Also take away what is no loss: caches, leftovers, versions that nobody may serve.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def forget(users: tuple[str, ...], dry_run: bool, clear: bool, as_json: bool) -> None:
    """Take users out of the data set, and list what still knows them.

    USER is an id or, where the key of the pseudonyms is, a handle; one that begins with a dash
    stands behind `--`. Their record, posts, pictures and edges go, and so do mentions of them in
    what others wrote; they do not come back with a later import. Then retrain: a champion that
    knows them gives way whatever the metric.

    \b
    Example:
      mmga forget u00042 --dry-run
      mmga forget u00042
      dvc add data && dvc push data.dvc && python -m flows.retrain
      mmga forget u00042 --purge
    """  # noqa: D301 (click reads the backspace)
    from mmga.privacy.forget import forget as take_out
    from mmga.project import Project

    done = take_out(Project.find(), list(users), dry_run=dry_run, clear=clear)
    if as_json:
        click.echo(json.dumps(done.as_dict(), indent=2, ensure_ascii=False))
        return
    _print(done)


def _print(done: "Forgetting") -> None:
    if done.before:
        click.echo("data/ has forgotten them already.")
        if done.texts:
            click.echo(f"{done.texts:,} captions and bios of others named them still.")
    else:
        click.echo(f"{'table':<8} {'taken out':>10} {'left':>12}")
        for table, gone in done.gone.items():
            click.echo(f"{table:<8} {gone:>10,} {done.left[table]:>12,}")
        click.echo(f"{done.texts:,} captions and bios of others named them.")
        click.echo(f"Written anew: {', '.join(done.rewritten)}")
    for line in done.purged:
        click.echo(line)
    _print_traces(done)
    if done.dry_run:
        click.echo("(a dry run: nothing was changed)")
        return
    if done.next_steps:
        click.echo("\n  ".join(["Next:", *done.next_steps]))


def _print_traces(done: "Forgetting") -> None:
    """Places for which the same is to be done stand together."""
    by_todo: dict[str, list[Trace]] = {}
    for trace in done.knowing():
        by_todo.setdefault(trace.todo, []).append(trace)
    if by_todo:
        click.echo("What still knows them:")
    for todo, found in by_todo.items():
        for trace in found:
            click.echo(f"  {click.style(trace.state, fg='yellow')}  {trace.place}: {trace.found}")
        click.echo(f"{'':<8}{todo}")
    clean = [trace.place for trace in done.traces if trace.state == "clean"]
    if clean:
        click.echo(f"Nothing of them in {', '.join(clean)}")
