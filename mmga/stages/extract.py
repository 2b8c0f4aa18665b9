"""Stage: clean posts and their pictures in, the arrays that the encoders read out."""

from mmga.errors import explained
from mmga.modalities.extract import extract
from mmga.modalities.params import ExtractParams
from mmga.project import Project


@explained
def main() -> None:
    """Read `build/clean` and `data/images`, write `build/features`."""
    project = Project.find()
    params = project.params("extract", ExtractParams)
    out = project.build / "features"
    extract(project.build / "clean", project.data, params, out, project.stores / "encodings")


if __name__ == "__main__":
    main()
