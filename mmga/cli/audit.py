"""`mmga audit`: whether anything was learned from what the model is judged by."""

import contextlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mmga.audit import Finding

COLOURS = {"ok": "green", "skip": "yellow", "fail": "red"}


@click.command()
@click.option("--canaries", is_flag=True, help="Also train on spoilt inputs: takes minutes.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def audit(ctx: click.Context, canaries: bool, as_json: bool) -> None:
    """Look for leaks: whether anything in build/ was learned from what judges the model.

    Nothing is changed. The exit status is 1 if a rule is broken. Canaries are short trainings, in a
    temporary folder, on inputs that are spoilt so that nothing can be learned from them.

    \b
    Example:
      mmga audit
    """  # noqa: D301 (click reads the backspace)
    from mmga.audit import audit as look
    from mmga.audit import sing
    from mmga.project import Project

    project = Project.find()
    findings = list(look(project))
    if canaries:
        with contextlib.redirect_stdout(sys.stderr):  # a training tells of every epoch
            findings += sing(project)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    broken = [finding for finding in findings if finding.state == "fail"]
    if broken:
        first = broken[0]
        rules = f"{len(broken)} rules are" if len(broken) > 1 else "a rule is"
        click.echo(
            f"error: {rules} broken; {first.subject}: {first.rule}: {first.found}\n{first.way_out}",
            err=True,
        )
        ctx.exit(1)


def _print(findings: Iterable["Finding"]) -> None:
    """A line a rule and, below it, what it was held against; what is broken with what to do."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    for rule, found in by_rule.items():
        click.echo(rule)
        for finding in found:
            state = click.style(f"{finding.state:<4}", COLOURS[finding.state])
            click.echo(f"  {state}  {finding.subject}: {finding.found}")
            if finding.way_out:
                click.echo(f"{'':<8}{finding.way_out}")
