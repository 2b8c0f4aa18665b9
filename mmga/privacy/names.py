"""Whom a person means: by the id that the data have, or by the handle that it was made from."""

from collections.abc import Collection
from typing import Any

from mmga.errors import InputError, nearest
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.numbers import Identities
from mmga.sources.identities.pseudonyms import Pseudonyms


def spellings(word: str, names: Pseudonyms | None) -> list[str]:
    """The ids that a word may stand for, the likeliest first.

    An id is taken as it is; `@Ann` may be `Ann` or `ann`; where there is a key, each may be the
    handle of a pseudonym.
    """
    bare = word.strip().removeprefix("@")
    plain = list(dict.fromkeys([word, bare, bare.lower()]))
    return plain + ([names.of(handle) for handle in plain] if names is not None else [])


def all_called(
    word: str,
    known: Collection[str],
    names: Pseudonyms | None,
    identities: Identities,
    forgotten: Forgotten,
) -> list[str]:
    """The users whom a name means or meant, the last one first: several where it has passed on.

    Args:
        word: What a person typed: a handle, `@handle`, a number of the platform.
        known: The ids there are.
        names: The key that made them; None where they are no pseudonyms.
        identities: Who bore which name.
        forgotten: Who is no more among them, and is meant as well.
    """
    for spelling in spellings(word, None):
        id = names.of(spelling) if names is not None else spelling
        bearers = identities.bearers(id) or [identities.numbers.get(id, id)]
        meant = dict.fromkeys([*bearers, id])
        users = [user for user in meant if user in known or forgotten.holds(user)]
        if users:
            return users
    return []


def user_among(word: str, known: Collection[str], where: str, identities: Identities) -> str:
    """The user that a word stands for, with the key of whoever runs this, if there is one.

    Args:
        word: What a person typed.
        known: The ids there are; a set or a dictionary.
        where: Whose users they are, for a message.
        identities: Of the data set, if it is here: it knows who has changed the name.

    Raises:
        InputError: If there is no such user; with the nearest id.
    """
    plain = next((id for id in spellings(word, None) if id in known), None)
    if plain is not None:
        return plain  # nobody needs the key for it
    now = identities.numbers | identities.names
    ids = (now.get(id, id) for id in spellings(word, Pseudonyms.of_user(make=False)))
    user = next((id for id in ids if id in known), None)
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
