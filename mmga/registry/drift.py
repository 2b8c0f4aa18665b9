"""The data in front of us against those that trained a registered model."""

from pathlib import Path

from mmga.errors import InputError
from mmga.project import Project, sha256_of
from mmga.quality.drift import LEVELS, DriftParams, compare
from mmga.quality.drift_report import Compared, write_drift
from mmga.quality.profile import FILE, Profile
from mmga.registry.versions import CHAMPION, MODEL, find, folder_of
from mmga.tracking import connect


def drift(project: Project, against: str = CHAMPION) -> Compared:
    """Compare, and write `build/drift`.

    Where there is no champion yet, or one that was registered without a profile, nothing is
    compared, and that is said; what was asked for by name must be there.

    Args:
        project: Whose `build/quality/profile.json` is the new data.
        against: `champion`, another alias or number of a version, or the file of a profile.

    Raises:
        InputError: If the new profile is missing, or what `against` names is not there.
    """
    params = project.params("drift", DriftParams)
    file = project.build / "quality" / FILE
    new = Profile.read(file)
    name, old = _old(project, against)
    if old is None:
        compared = Compared(new, sha256_of(file), None, None, None, name)
    else:
        compared = Compared(new, sha256_of(file), name, old, compare(old, new, params))
    write_drift(compared, project.build / "drift", project.build / "quality")
    return compared


def stops(project: Project, compared: Compared) -> bool:
    """Whether `drift.stop` ends a run at this drift."""
    limit = project.params("drift", DriftParams).stop
    if limit is None or compared.level is None:
        return False
    return LEVELS.index(compared.level) >= LEVELS.index(limit)


def _old(project: Project, against: str) -> tuple[str, Profile | None]:
    """What the old data are called and their profile; or why there is none."""
    if Path(against).is_file():
        return against, Profile.read(Path(against))
    client = connect(project)
    version = find(client, against)
    if version is None:
        if against == CHAMPION:
            return f"{MODEL} has no champion yet: there is nothing to compare with.", None
        raise InputError(
            f"{against!r} is neither a file nor a version of {MODEL}."
            "\nName a profile.json, a version's number, champion, previous or challenger."
        )
    name = f"{MODEL} {version.version}"
    file = folder_of(client, version, project) / FILE
    if not file.is_file():
        said = f"{name} was registered without a profile of its data: nothing can be compared."
        return _told(against, said)
    try:
        return name, Profile.read(file)
    except InputError as error:
        return _told(against, f"{name} has a profile that cannot be read: {error}")


def _told(against: str, said: str) -> tuple[str, None]:
    """Of the champion it is only told; somebody who asked for another version gets an error."""
    if against != CHAMPION:
        raise InputError(said)
    return said, None
