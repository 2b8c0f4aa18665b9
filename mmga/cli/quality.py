"""`mmga quality`: what is true of the data, and how far they have moved."""

import json
from typing import Any

import click

from mmga.errors import InputError
from mmga.project import Project

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

VERDICTS = {"pass": "passed", "warn": "passed with warnings", "fail": "stopped"}
MARKS = {"critical": "✗", "warning": "!", "info": "·"}


@click.group()
def quality() -> None:
    """What the last validation found, and whether the data have moved since the champion's.

    \b
    Example:  mmga quality show
              mmga quality drift --against 3
    """  # noqa: D301 (click reads the backspace)


@quality.command()
@AS_JSON
def show(as_json: bool) -> None:
    """The verdict on the data, what failed, what was rejected, and the drift.

    \b
    Example:  mmga quality show
    """  # noqa: D301
    from mmga.project import read_json
    from mmga.versions import changed_since

    project = Project.find()
    report = read_json(project.build / "quality" / "report.json")
    drift, changed = _drift(project), changed_since(project, "validate", "build/quality")
    if as_json:
        answer = {key: report.get(key, []) for key in ("verdict", "sentence", "ways_out", "tables")}
        answer["broken"] = [rule for rule in report["expectations"] if rule["success"] is False]
        click.echo(
            json.dumps(answer | {"data_changed": changed, "drift": drift}, ensure_ascii=False)
        )
        return
    if changed:
        click.echo(
            "This report is of other data than data/ holds: `dvc repro validate` makes it anew."
        )
    click.echo(
        "\n".join([*_verdict(report), *_broken(report), *_quarantine(report), drift["text"]])
    )
    click.echo(f"Pages: {project.build / 'quality' / 'index.html'}")


@quality.command()
@click.option(
    "--against",
    default="champion",
    show_default=True,
    metavar="VERSION|FILE",
    help="Whose data: those of a version of the model (champion, challenger, previous or its "
    "number), or those of another validation (its profile.json).",
)
@AS_JSON
def drift(against: str, as_json: bool) -> None:
    """Compare the data with those of a model, or of another validation; writes build/drift.

    Ends with status 0 whatever is found, unless drift.stop in params.yaml says otherwise.

    \b
    Example:  mmga quality drift --against 3
              mmga quality drift --against ../of-may/build/quality/profile.json
    """  # noqa: D301
    from mmga.registry.drift import drift as compare
    from mmga.registry.drift import stops

    project = Project.find()
    compared = compare(project, against)
    if as_json:
        click.echo(json.dumps(compared.as_dict(), ensure_ascii=False))
    else:
        click.echo(f"drift: {compared.level or 'not compared'}\n{compared.sentence}")
        for one in compared.drift.comparisons if compared.drift else ():
            if one.level != "none":
                click.echo(f"  {one.level:<6} {one.sentence} ({one.measure} {one.effect:.2f})")
        click.echo(f"Page: {project.build / 'drift' / 'index.html'}")
    if stops(project, compared):
        raise InputError(
            f"the data have drifted ({compared.level}): {compared.sentence}"
            "\ndrift.stop in params.yaml ends the run there: mend the data or, if they are as they"
            " should be, set it to null. Look at build/drift/index.html"
        )


def _verdict(report: dict[str, Any]) -> list[str]:
    lines = [f"Data quality: {VERDICTS[report['verdict']]}. {report['sentence']}"]
    lines += [f"  {way}" for way in report.get("ways_out", [])]  # a version before had none
    lines.append("")
    lines.append(f"  {'table':<8} {'read':>12} {'rejected':>12} {'clean':>12}")
    for name, table in report["tables"].items():
        counts = (table[key] for key in ("read", "rejected", "clean"))
        lines.append(f"  {name:<8} " + " ".join(f"{count:>12,}" for count in counts))
        for kind, count in table["dropped"].items():
            own = table.get("dropped_own", {}).get(kind)
            told = f", {own:,} of them to oneself" if own else ""
            lines.append(f"  {'':<8} {count:>12,} of kind {kind} left out{told} (validate.kinds)")
    return [*lines, ""]


def _broken(report: dict[str, Any]) -> list[str]:
    lines, place = [], list(MARKS)
    broken = [rule for rule in report["expectations"] if rule["success"] is False]
    for rule in sorted(broken, key=lambda rule: (not rule["stops"], place.index(rule["severity"]))):
        stopping = " (stops the run)" if rule["stops"] else ""
        found = f"{rule['unexpected']:,} of {rule['records']:,}" if rule["unexpected"] else ""
        lines.append(
            f"  {MARKS[rule['severity']]} {rule['severity']:<8} {rule['sentence']}{stopping}"
        )
        where = f"{rule['table']}.{rule['name']}"
        lines.append(f"             {where}{': ' + found if found else ''}")
    return ["Rules that are broken:", *lines, ""] if lines else ["No rule is broken.", ""]


def _quarantine(report: dict[str, Any]) -> list[str]:
    lines = [
        f"  {name:<8} {reason:<24} {count:>10,}"
        for name, table in report["tables"].items()
        for reason, count in table["reasons"].items()
    ]
    return (
        ["In the quarantine, by rule:", *lines, ""] if lines else ["The quarantine is empty.", ""]
    )


def _drift(project: Project) -> dict[str, Any]:
    """What `mmga quality drift` last found, and whether it was of these data."""
    from mmga.project import read_json, sha256_of
    from mmga.quality.profile import FILE

    file, profile = project.build / "drift" / "drift.json", project.build / "quality" / FILE
    if not file.is_file():
        return {"level": None, "text": "Drift: not compared; `mmga quality drift` does it."}
    found = read_json(file)
    if not profile.is_file() or sha256_of(profile) != found["profile"]:
        text = "Drift: what was compared last were other data; run `mmga quality drift`."
        return {"level": None, "text": text}
    level = found["level"] or "not compared"
    return {
        "level": found["level"],
        "against": found["against"],
        "text": f"Drift, when it was last compared: {level}. {found['sentence']}",
    }
