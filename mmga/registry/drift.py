"""The data in front of us against those of a registered model, or of another validation."""

import os
from pathlib import Path

from pydantic import ValidationError

from mmga.errors import InputError
from mmga.project import Project, read_json, sha256_of
from mmga.quality.drift import LEVELS, DriftParams, compare
from mmga.quality.drift_report import Compared, write_drift
from mmga.quality.profile import FILE, Profile
from mmga.registry.versions import CHAMPION, MODEL, find, folder_of, lost
from mmga.tracking import connect


def drift(project: Project, against: str = CHAMPION) -> Compared:
    """Compare, and write `build/drift`.

    Where there is no champion yet, or one whose files are gone or that was registered without a
    profile, nothing is compared, and that is said; what was asked for by name must be there.

    Args:
        project: Whose `build/quality/profile.json` is the new data.
        against: `champion`, another alias or number of a version, or the `profile.json` of another
            validation.

    Raises:
        InputError: If the new profile is missing, or what `against` names is not there.
    """
    params = project.params("drift", DriftParams)
    file = project.build / "quality" / FILE
    _refuse_stopped(project)
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


def _refuse_stopped(project: Project) -> None:
    """Data that did not pass have a report and no profile; to validate them again gives none.

    Raises:
        InputError: If the last validation stopped.
    """
    quality = project.build / "quality"
    if (quality / FILE).is_file() or not (quality / "report.json").is_file():
        return
    report = read_json(quality / "report.json")
    if report.get("verdict") == "fail":
        raise InputError(
            "the data have no profile that could be compared: their validation stopped, see"
            f" `mmga quality show`.\n{' '.join(report.get('ways_out', []))}"
        )


def _old(project: Project, against: str) -> tuple[str, Profile | None]:
    """What the old data are called and their profile; or why there is none."""
    if os.path.isfile(against):  # unlike Path's, false of what no file can be called
        try:
            return against, Profile.model_validate_json(Path(against).read_bytes())
        except ValidationError as error:
            raise InputError(
                f"--against {against}: the file must hold a profile, {_wrong(error)}."
                "\nName the profile.json of another validation, or a version whose data are meant."
            ) from None
    client = connect(project)
    version = find(client, against)
    if version is None:
        if against == CHAMPION:
            return f"{MODEL} has no champion yet: there is nothing to compare with.", None
        raise InputError(
            f"--against {against}: it is neither a file nor a version of {MODEL}."
            "\nName champion, previous, challenger, a version's number (`mmga data log` lists them)"
            ", or the profile.json of another validation."
        )
    name = f"{MODEL} {version.version}"
    file = folder_of(client, version, project) / FILE
    if not file.is_file():
        gone = lost(client, version)
        why = f"{MODEL} {gone}" if gone else f"{name} was registered without a profile of its data"
        return _told(against, why)
    try:
        return name, Profile.model_validate_json(file.read_bytes())
    except ValidationError as error:
        return _told(against, f"{name} has a profile that cannot be read ({_wrong(error)})")


def _wrong(error: ValidationError) -> str:
    """What is wrong with a profile first of all."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]


def _told(against: str, said: str) -> tuple[str, None]:
    """Of the champion it is only told; somebody who asked for another version gets an error."""
    if against != CHAMPION:
        raise InputError(
            f"--against {against}: {said}."
            "\nName another version, or the profile.json of another validation."
        )
    return f"{said}: nothing can be compared.", None
