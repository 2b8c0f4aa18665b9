"""Stage: everything that a run found out in, a page for people and a model card out."""

from mmga.errors import explained
from mmga.project import Project
from mmga.report.card import model_card
from mmga.report.page import page
from mmga.report.params import ReportParams
from mmga.report.run import Run


@explained
def main() -> None:
    """Read what the stages before left and the pictures of `data/`, write `build/report/`."""
    project = Project.find()
    params = project.params("report", ReportParams)
    run = Run.read(project)
    folder = project.build / "report"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(page(run, params), encoding="utf-8")
    (folder / "model-card.md").write_text(model_card(run, params), encoding="utf-8")


if __name__ == "__main__":
    main()
