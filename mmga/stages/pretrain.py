"""Stage: features and train follows in, the aligned model and its rivals out."""

from mmga.alignment.fit import fit
from mmga.alignment.params import PretrainParams
from mmga.errors import explained
from mmga.project import Project


@explained
def main() -> None:
    """Read `build/features` and `build/splits`, write `build/model` and `build/rivals`."""
    project = Project.find()
    params = project.params("pretrain", PretrainParams)
    build = project.build
    revision = project.code_revision()
    fit(build / "features", build / "splits", params, build, project.stores, revision)


if __name__ == "__main__":
    main()
