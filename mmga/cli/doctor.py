"""`mmga doctor`: what is wrong with this installation, and what to do."""

import json
from dataclasses import asdict

import click

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at versions, parameters, data, stores and schedule, and say what to do.

    Nothing is changed. The exit status is 1 if something is wrong that will keep MMGA from working.

    \b
    Example:
      mmga doctor
    """  # noqa: D301 (click reads the backspace)
    from mmga.doctor import examine

    checks = examine()
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            click.echo(f"{click.style(f'{check.state:<4}', COLOURS[check.state])}  ", nl=False)
            click.echo(f"{check.name:<12}  {check.found}")
            if check.advice:
                click.echo(f"{'':<20}{check.advice}")
    if any(check.state == "fail" for check in checks):
        ctx.exit(1)
