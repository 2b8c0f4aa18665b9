"""Who was forgotten: known again when brought back, and named nowhere."""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mmga.errors import InputError
from mmga.sources.handles import Kind, replaced
from mmga.sources.pseudonyms import Pseudonyms

REASON = "the user was forgotten"
"""Why a record is left out; the list of dropped records names neither the user nor the post."""

NOBODY = "[forgotten]"
"""What stands in a text for the handle of a user who was forgotten."""


@dataclass(frozen=True)
class Forgotten:
    """The users who must not come back, each as a salted hash of the id that the data set had.

    Where ids are pseudonyms nobody can try handles against it without the key. Where ids were kept,
    whoever has a list of ids can see which of them is forgotten.

    >>> gone = Forgotten(b"salt").and_of("ann")
    >>> "ann" in gone, "bob" in gone, gone.out_of("with @Ann and @bob")
    (True, False, 'with [forgotten] and @bob')
    """

    salt: bytes
    hashes: frozenset[str] = frozenset()

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> "Forgotten":
        """Those of whom a `dataset.json` tells; nobody where it tells of none.

        Raises:
            InputError: If its `forgotten` is not what `described` writes.
        """
        record = description.get("forgotten")
        if record is None:
            return cls(secrets.token_bytes(16))
        try:
            users = frozenset(map(str, record["users"]))
            return cls(bytes.fromhex(record["salt"]), users)
        except (KeyError, TypeError, ValueError):
            raise InputError(
                "dataset.json: forgotten must hold a salt and users, as `mmga forget` writes it;"
                "\nbring it back from the data set's last version: dvc checkout data.dvc --force"
            ) from None

    def __bool__(self) -> bool:
        return bool(self.hashes)

    def __contains__(self, user_id: object) -> bool:
        return bool(self.hashes) and isinstance(user_id, str) and self._hash(user_id) in self.hashes

    def and_of(self, *user_ids: str) -> "Forgotten":
        """These too."""
        return Forgotten(self.salt, self.hashes | {self._hash(user_id) for user_id in user_ids})

    def among(self, user_ids: Iterable[str]) -> set[str]:
        """Which of these users were forgotten."""
        return {user_id for user_id in user_ids if user_id in self}

    def out_of(self, text: str, names: Pseudonyms | None = None) -> str:
        """A caption or a bio that does not name them any more.

        Args:
            text: As it stands in the data set, or is to stand there.
            names: The key, where ids are pseudonyms and texts may still hold handles.
        """
        if not self or ("@" not in text and "＠" not in text and "nstagr" not in text.lower()):
            return text

        def nobody(name: str, kind: Kind) -> str | None:
            known = kind == "user" and (
                name in self or (names is not None and names.of(name) in self)
            )
            return NOBODY if known else None

        new = replaced(text, nobody, email=None)
        return new.replace(f"@{NOBODY}", NOBODY) if NOBODY in new else text

    def described(self) -> dict[str, Any]:
        """For `dataset.json`."""
        return {"salt": self.salt.hex(), "users": sorted(self.hashes)}

    def _hash(self, user_id: str) -> str:
        return hmac.digest(self.salt, user_id.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]
