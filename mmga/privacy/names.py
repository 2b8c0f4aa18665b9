"""Whom a person means: by the id that the data have, or by the handle that it was made from."""

from collections.abc import Collection
from typing import Any

from mmga.errors import InputError, nearest
from mmga.sources.identities.pseudonyms import Pseudonyms


def spellings(word: str, names: Pseudonyms | None) -> list[str]:
    """The ids that a word may stand for, the likeliest first.

    An id is taken as it is; `@Ann` may be `Ann` or `ann`; where there is a key, each may be the
    handle of a pseudonym.
    """
    bare = word.strip().removeprefix("@")
    plain = list(dict.fromkeys([word, bare, bare.lower()]))
    return plain + ([names.of(handle) for handle in plain] if names is not None else [])


def found(word: str, known: Collection[str], names: Pseudonyms | None = None) -> str | None:
    """The user among `known` that a word stands for, or None.

    Args:
        word: What a person typed: an id, a handle, `@handle`.
        known: The ids there are; a set or a dictionary, so that it is quick.
        names: The key; None where there is none.

    Raises:
        InputError: If the key is there and cannot be used.
    """
    return next((id for id in spellings(word, names) if id in known), None)


def user_among(word: str, known: Collection[str], where: str) -> str:
    """The user that a word stands for, with the key of whoever runs this, if there is one.

    Args:
        word: What a person typed.
        known: The ids there are; a set or a dictionary.
        where: Whose users they are, for a message.

    Raises:
        InputError: If there is no such user; with the nearest id.
    """
    if word in known:
        return word  # nobody needs the key for it
    names = Pseudonyms.of_user(make=False)
    user = found(word, known, names)
    if user is not None:
        return user
    hint = nearest(word, list(known)[:100_000])
    raise InputError(f"no user {word!r} among the {len(known):,} users of {where}{hint}")


def key_for(description: dict[str, Any]) -> Pseudonyms | None:
    """The key that made the ids of a data set, if it is here.

    Args:
        description: Its `dataset.json`.
    """
    made = description.get("pseudonyms")
    if not isinstance(made, dict):
        return None
    names = Pseudonyms.of_user(make=False)
    return names if names is not None and names.key_id == made.get("key_id") else None
