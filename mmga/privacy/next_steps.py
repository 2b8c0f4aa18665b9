"""What is left to do once users are forgotten, by what is still stale."""

import shlex

from mmga.privacy.traces import PURGE, REPLACED, RETRAIN, Trace
from mmga.project import Project
from mmga.versions import git, held


def next_steps(project: Project, found: list[Trace], words: list[str]) -> list[str]:
    """Commands in their order; none for what is done already.

    Args:
        project: Whose `data/` has forgotten them.
        found: What still knows them.
        words: The users as they were given.
    """
    todo = [trace.todo for trace in found if trace.state != "clean"]
    steps = _versioned(project)
    if any(text.startswith(RETRAIN) for text in todo):
        steps.append(RETRAIN)
    if PURGE in todo or REPLACED in todo:
        typed = shlex.join(words)
        dashed = any(word.startswith("-") for word in words)  # they would be taken for options
        steps.append(
            f"mmga forget --purge -- {typed}" if dashed else f"mmga forget {typed} --purge"
        )
    return steps


def _versioned(project: Project) -> list[str]:
    """What makes `data/` a version that is committed."""
    named = project.named_data()
    added = named is not None and held(project).fits(named)
    changed = git(project.root, "status", "--porcelain", "--", "data.dvc")
    commit = ["git add data.dvc && git commit -m 'Forget users' data.dvc"]
    if added:
        return [*commit, "dvc push data.dvc"] if changed else []
    return ["dvc add data", *(commit if changed is not None else []), "dvc push data.dvc"]
