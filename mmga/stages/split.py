"""Stage: clean follows in, train, validation and test follows out."""

from mmga.errors import explained
from mmga.project import Project
from mmga.splits.params import SplitParams
from mmga.splits.split import make_split
from mmga.tables import read_parquet, read_table


@explained
def main() -> None:
    """Read the clean tables, divide the follows, write `build/splits/`."""
    project = Project.find()
    params = project.params("split", SplitParams)
    clean = project.build / "clean"
    users, follows, posts = (read_table(clean, name) for name in ("users", "follows", "posts"))
    columns = ["image_id", "post_id", "phash", "colours"]
    pictures = read_parquet(clean / "images.parquet", columns).to_pandas()
    split = make_split(users, follows, params, posts, pictures)
    split.write(project.build / "splits")


if __name__ == "__main__":
    main()
