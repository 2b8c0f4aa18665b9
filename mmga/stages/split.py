"""Stage: clean follows in, train, validation and test follows out."""

from mmga.errors import explained
from mmga.project import Project
from mmga.splits.split import SplitParams, make_split
from mmga.tables import read_table


@explained
def main() -> None:
    """Read users and follows, divide the follows, write `build/splits/`."""
    project = Project.find()
    params = project.params("split", SplitParams)
    clean = project.build / "clean"
    split = make_split(read_table(clean, "users"), read_table(clean, "follows"), params)
    split.write(project.build / "splits")


if __name__ == "__main__":
    main()
