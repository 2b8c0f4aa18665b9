"""Who was forgotten: known again when brought back, and named nowhere."""

import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mmga.errors import InputError
from mmga.sources.identities.handles import Kind, folded, may_refer, replaced
from mmga.sources.identities.pseudonyms import Pseudonyms

REASON = "the user was forgotten"
"""Why a record is left out; the list of dropped records names neither the user nor the post."""

NOBODY = "[forgotten]"
"""What stands in a text for the handle of a user who was forgotten."""


@dataclass(frozen=True)
class Forgotten:
    """The users who must not come back, each as a salted hash of the id that the data set had.

    Where ids are pseudonyms nobody can try handles against it without the key. Where ids were kept,
    whoever has a list of ids can see which of them is forgotten.

    >>> gone = Forgotten(b"salt").including("Ann")
    >>> "Ann" in gone, "ann" in gone, gone.out_of("with @ann and @bob")
    (True, False, 'with [forgotten] and @bob')
    """

    salt: bytes
    users: frozenset[str] = frozenset()
    """Hashes of ids."""
    names: frozenset[str] = frozenset()
    """Hashes of what else would be their ids: other names, and the numbers of the platform."""
    handles: frozenset[str] = frozenset()
    """Hashes of what texts call them: the same in lower case, and where the id had capital letters
    the pseudonym of its lower-case handle."""

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
            users, handles = (frozenset(map(str, record[name])) for name in ("users", "handles"))
            names = frozenset(map(str, record.get("names", ())))  # a version before had none
            return cls(bytes.fromhex(record["salt"]), users, names, handles)
        except (KeyError, TypeError, ValueError):
            raise InputError(
                "dataset.json: forgotten must hold a salt, users and handles, as `mmga forget`"
                " writes it;\nbring it back with the data: dvc checkout data.dvc --force"
            ) from None

    def __len__(self) -> int:
        return len(self.users)

    def __contains__(self, user_id: object) -> bool:
        return bool(self.users) and self._hash("user", str(user_id)) in self.users | self.names

    def including(
        self, *user_ids: str, names: Collection[str] = (), handles: Iterable[str] = ()
    ) -> "Forgotten":
        """These too; `names` are their further ids, `handles` what else texts call them."""
        users, others = (
            frozenset(self._hash("user", id) for id in ids) for ids in (user_ids, names)
        )
        called = {self._hash("handle", folded(name)) for name in (*user_ids, *names, *handles)}
        return Forgotten(self.salt, self.users | users, self.names | others, self.handles | called)

    def holds(self, user_id: str) -> bool:
        """Whether it is the id that a user who was forgotten had, and no further one."""
        return self._hash("user", user_id) in self.users

    def among(self, user_ids: Iterable[str]) -> set[str]:
        """Which of these users were forgotten."""
        return {user_id for user_id in user_ids if user_id in self}

    def out_of(self, text: str, names: Pseudonyms | None = None) -> str:
        """A caption or a bio that does not name them any more.

        Args:
            text: As it stands in the data set, or is to stand there.
            names: The key, where ids are pseudonyms and texts may still hold handles.
        """
        if not self.users or not may_refer(text):
            return text
        new = replaced(text, lambda name, kind: self._instead(name, kind, names), email=None)
        return new.replace(f"@{NOBODY}", NOBODY) if NOBODY in new else text

    def described(self) -> dict[str, Any]:
        """For `dataset.json`."""
        hashes = {name: sorted(getattr(self, name)) for name in ("users", "names", "handles")}
        return {"salt": self.salt.hex(), **hashes}

    def _instead(self, name: str, kind: Kind, names: Pseudonyms | None) -> str | None:
        if kind != "user":
            return None
        called = [name] if names is None else [name, names.of(name)]
        known = any(self._hash("handle", word) in self.handles for word in called)
        return NOBODY if known else None

    def _hash(self, kind: str, name: str) -> str:
        message = f"{kind}\0{name}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.salt, message, "sha256").hex()[:32]
