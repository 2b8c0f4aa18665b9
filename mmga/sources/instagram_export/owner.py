"""Whose export it is, and what that person says of themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mmga.sources.instagram_export.exports import Export, owner_called
from mmga.sources.instagram_export.mojibake import repaired
from mmga.sources.jsons import MAX_BYTES, UnreadableError, at, list_at, parsed
from mmga.sources.names import username

PERSONAL = re.compile(r"(?:.*/)?personal_information\.json")

USERNAME = {"username", "user name", "benutzername", "nombre de usuario", "nome de usuário"}
USERNAME |= {"nome do utilizador", "nom d’utilisateur", "nom d'utilisateur", "nome utente"}
USERNAME |= {"gebruikersnaam", "kullanıcı adı", "имя пользователя", "ユーザーネーム", "사용자 이름"}
BIO = {"bio", "steckbrief", "biografía", "biografia", "biographie", "presentación"}
"""What the labels are called; they come in the person's language."""


@dataclass(frozen=True)
class Owner:
    """A person, and where it says so."""

    name: str
    bio: str | None
    where: str


def owner_of(export: Export, root_name: str, given: Mapping[str, str]) -> Owner | None:
    """Whose export it is: as a person says, as it says itself, as it is called; None: nobody knows.

    Args:
        export: The export.
        root_name: What the root of all exports is called.
        given: Label of an export, or its last part -> username; `""` stands for any.
    """
    label = export.label if export.label != "." else root_name
    last = PurePosixPath(label).name
    said = given.get(label) or given.get(last) or given.get("")
    file = next((name for name in export.members if PERSONAL.fullmatch(name)), None)
    try:
        about = labels_in(export, file) if file else {}
    except UnreadableError:
        about = {}  # whoever reads the files says so
    name = (
        username(said)
        or next((username(text) for key, text in about.items() if key in USERNAME), None)
        or owner_called(last)
        or next(
            (owner_called(name.partition("/")[0]) for name in export.members if "/" in name), None
        )
    )
    if name is None:
        return None
    bio = next((text for key, text in about.items() if key in BIO), None)
    return Owner(name, bio, f"{label}: {file}" if file else label)


def labels_in(export: Export, file: str) -> dict[str, str]:
    """What a file says of a person: label in lower case -> text.

    Raises:
        UnreadableError: If it cannot be read, or says nothing.
    """
    with export.open(file, MAX_BYTES) as stream:
        value = parsed(stream.read(MAX_BYTES))
    found: dict[str, Any] = {}
    for person in list_at(value, "profile_user") or [value]:
        data = at(person, "string_map_data")
        if isinstance(data, dict):
            found |= {key: at(entry, "value") for key, entry in data.items()}
        for entry in list_at(person, "label_values"):
            found[str(at(entry, "label"))] = at(entry, "value")
    texts = {(repaired(key) or "").casefold(): repaired(text) for key, text in found.items()}
    told = {key: text for key, text in texts.items() if text}
    if not told:
        raise UnreadableError("says nothing of the person")
    return told
