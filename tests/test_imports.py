"""Importing does nothing: no file, no word, no logging."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import flows
import mmga

SCRIPT = """
import importlib, logging, sys, warnings
warnings.simplefilter("ignore")  # the libraries' own deprecations
root = logging.getLogger()
for name in sys.argv[1:]:
    before = [*root.handlers], root.level
    importlib.import_module(name)
    if name != "flows.chain":  # Prefect gives the root logger its handler when it is imported
        assert ([*root.handlers], root.level) == before, name + " configures logging"
    assert not logging.getLogger(name).handlers, name + " has a handler of its own"
"""

MODULES = [
    module.name
    for package in (mmga, flows)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not module.name.endswith("__main__")
]


def test_importing_any_module_creates_prints_and_configures_nothing(tmp_path: Path):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, "mmga", "flows", *MODULES],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert list(tmp_path.rglob("*")) == []


def test_every_file_is_a_module_that_was_looked_at():
    files = {
        ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        for root in (Path(mmga.__path__[0]), Path(flows.__path__[0]))
        for path in root.rglob("*.py")
        if path.stem != "__main__"
    }
    assert files == {"mmga", "flows", *MODULES}
