"""Stage: clean posts and their pictures in, the arrays that the encoders read out."""

from mmga.errors import explained
from mmga.modalities.extract import extract
from mmga.modalities.params import ExtractParams
from mmga.project import Project
from mmga.splits.withheld import read_withheld


@explained
def main() -> None:
    """Read `build/clean`, `data/images` and what the split withholds, write `build/features`."""
    project = Project.find()
    params = project.params("extract", ExtractParams)
    out = project.build / "features"
    extract(
        project.build / "clean",
        project.data,
        params,
        out,
        project.stores / "encodings",
        withheld=read_withheld(project.build / "splits"),
    )


if __name__ == "__main__":
    main()
