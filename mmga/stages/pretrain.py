"""Stage: features and train follows in, the aligned model and its rivals out."""

from collections.abc import Sequence

from mmga.alignment.fit import fit
from mmga.alignment.params import PretrainParams
from mmga.alignment.plan import VIEWS
from mmga.errors import explained
from mmga.modalities.features import MODALITIES, told_in
from mmga.project import Project

EVERYTHING = frozenset({*MODALITIES, "graph"})


@explained
def main() -> None:
    """Read `build/features` and `build/splits`, write `build/model` and `build/rivals`."""
    project = Project.find()
    params = project.params("pretrain", PretrainParams)
    build = project.build
    revision = project.code_revision()
    rivals = telling(params.rivals, told_in(build / "features"))
    for rival in params.rivals:
        if rival not in rivals:
            print(f"left out: {rival}, as nobody posts what it would read", flush=True)
    models = ("mmga", *rivals)
    fit(build / "features", build / "splits", params, build, project.stores, revision, models)


def telling(rivals: Sequence[str], told: frozenset[str]) -> list[str]:
    """The rivals that read something which another does not read anyway, as in the study.

    Args:
        rivals: Those that are asked for.
        told: The modalities in which somebody has a post.
    """
    needs = {rival: VIEWS[rival] - {"graph"} for rival in rivals}
    return [rival for rival in rivals if VIEWS[rival] == EVERYTHING or needs[rival] <= told]


if __name__ == "__main__":
    main()
