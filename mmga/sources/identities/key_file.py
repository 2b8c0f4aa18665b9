"""The key of the pseudonyms: a file of its owner's alone, outside every project."""

import contextlib
import os
import re
import secrets
import stat
from pathlib import Path

from mmga.errors import InputError
from mmga.project import Project

VARIABLE = "MMGA_PSEUDONYM_KEY"
"""The environment variable that names the file."""

BYTES = 32
"""Of a key; the file holds them as hexadecimal digits, for a person who keeps a copy."""


def key_file() -> Path:
    """Where the key lies or would lie; it need not be there."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME")
    config = Path(home) if home and Path(home).is_absolute() else Path.home() / ".config"
    return config / "mmga" / "pseudonyms.key"


def read_key(file: Path) -> bytes:
    """The key in `file`.

    Raises:
        InputError: If it lies inside a project, others may read it, or it is no key.
    """
    _refuse_project(file)
    try:
        with file.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read(4 * BYTES)
    except OSError as error:
        raise InputError(
            f"the key of the pseudonyms, {file}, cannot be read: {error.strerror}"
            f"\nLook at its rights, or name a copy of this same key in {VARIABLE}."
        ) from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise InputError(
            f"{file} must be its owner's alone (0600), got {stat.S_IMODE(mode):04o}: whoever reads"
            f" the key can undo the pseudonyms\nchmod 600 {file}"
        )
    text = content.decode("ascii", "replace").strip()
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * BYTES}}}", text):
        raise InputError(  # what was found is no one's business
            f"{file} must hold a key, {2 * BYTES} hexadecimal digits, and does not"
            "\nBring it back from a copy; another key gives everyone another pseudonym."
        )
    return bytes.fromhex(text)


def make_key(file: Path) -> bytes:
    """The key in `file`, which is made where there is none; two processes make the same.

    Raises:
        InputError: As `read_key`, or if the file cannot be made.
    """
    if file.exists():
        return read_key(file)
    _refuse_project(file)
    part = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            # A link appears whole, and not where another process was first.
            _write_private(part, secrets.token_hex(BYTES) + "\n")
            with contextlib.suppress(FileExistsError):
                os.link(part, file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(
            f"the key of the pseudonyms cannot be made at {file}: {error.strerror}"
            f"\nName another file in {VARIABLE}."
        ) from None
    return read_key(file)


def _write_private(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _refuse_project(file: Path) -> None:
    """A key in a project is pushed with it sooner or later."""
    file = file.resolve()
    for start in (Path.cwd(), file.parent):
        try:
            root = Project.find(start).root
        except InputError:
            continue
        repository = next((f for f in (root, *root.parents) if (f / ".git").exists()), root)
        if file.is_relative_to(repository):
            raise InputError(
                f"the key of the pseudonyms must lie outside the project, got {file} in"
                f" {repository}\nMove it away and name its new place in {VARIABLE}."
            )
