"""Stage: a data set in, what is true of it and its clean tables out."""

from mmga.errors import explained
from mmga.project import Project
from mmga.quality.params import ValidateParams
from mmga.quality.validate import validate


@explained
def main() -> None:
    """Validate `data/`; ends with status 1 where a critical rule is broken."""
    project = Project.find()
    params = project.params("validate", ValidateParams)
    validate(project.data, project.build / "clean", project.build / "quality", params)


if __name__ == "__main__":
    main()
