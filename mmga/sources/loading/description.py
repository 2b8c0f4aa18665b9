"""What `dataset.json` says of a data set and of each delivery that it was made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mmga import __version__
from mmga.errors import InputError
from mmga.sources.identities.forgotten import Forgotten
from mmga.sources.identities.key_file import VARIABLE
from mmga.sources.identities.pseudonyms import Pseudonyms
from mmga.tables import collected_on

AS_THEY_WERE = "not pseudonymised by this importer"

Description = Mapping[str, Any]


@dataclass(frozen=True)
class About:
    """What a person says of a delivery."""

    name: str | None = None
    """Of the data set; None: as it is called already, or as its folder."""
    source: str = "not stated"
    licence: str = "not stated"
    collected_on: date | None = None
    """Nothing in it is later."""


@dataclass(frozen=True)
class Delivered:
    """What has become of a delivery."""

    importer: str
    about: About
    written: dict[str, int]
    dropped: dict[str, dict[str, int]]
    only_named: dict[str, int]
    """Of those that were written: users without a record, whom other tables name."""

    def entry(self) -> dict[str, Any]:
        """As in `deliveries`."""
        return {
            "importer": self.importer,
            "source": self.about.source,
            "licence": self.about.licence,
            **_day(self.about.collected_on),
            "counts": self.written,
            "only_named": self.only_named,
            "dropped": self.dropped,
            "made_by": f"mmga {__version__}, import {self.importer}",
        }


def described(
    new: Delivered,
    pseudonyms: Pseudonyms | None,
    old: Description | None,
    folder: str,
    forgotten: Forgotten | None = None,
) -> dict[str, Any]:
    """The content of `dataset.json`.

    Args:
        new: The delivery that was imported.
        pseudonyms: How its ids were replaced.
        old: What was said of the data set that it was added to.
        folder: What the data set is called where nobody says.
        forgotten: Who must not come back.
    """
    deliveries = [*deliveries_of(old or {}), new.entry()]
    # Not the sum over the deliveries: of theirs some may have been forgotten since.
    before = (old or {}).get("counts", {})
    counts = {name: before.get(name, 0) + count for name, count in new.written.items()}
    kept = {key: value for key, value in (old or {}).items() if key != "collected_on"}
    return {
        **kept,
        "name": new.about.name or (old or {}).get("name") or folder,
        "source": _together(deliveries, "source"),
        "licence": _together(deliveries, "licence"),
        **_day(_last_day(deliveries)),
        "counts": counts,
        "deliveries": deliveries,
        "made_by": new.entry()["made_by"],
        **_of_ids(pseudonyms, old or {}),
        **({"forgotten": forgotten.described()} if forgotten else {}),
    }


def refuse_other_ids(old: Description, pseudonyms: Pseudonyms | None) -> None:
    """Refuse to add ids to a data set that were made in another way.

    Raises:
        InputError: One and the same user would be two.
    """
    then, now = old.get("pseudonyms"), _made(pseudonyms)
    if then == now:
        return
    raise InputError(
        f"the ids of the data set are {_in_words(then)}, those of the delivery would be"
        f" {_in_words(now)}: one user would become two\nImport it in the same way as before;"
        f" --keep-ids leaves ids as they came, {VARIABLE} names the file of the key."
    )


def refuse_strange_days(old: Description) -> None:
    """Refuse to add to a data set of which the day of collection cannot be read.

    Raises:
        InputError: Of the data set, or of a delivery.
    """
    for said in (old, *deliveries_of(old)):
        collected_on(said)


def refuse_unknowable(old: Description, pseudonyms: Pseudonyms | None) -> None:
    """Refuse to replace a data set that has forgotten somebody by one with ids of another making.

    Raises:
        InputError: Whoever was forgotten could not be told from the others.
    """
    then, now = old.get("pseudonyms"), _made(pseudonyms)
    key = then.get("key_id") if isinstance(then, Mapping) else None
    if key == (now or {}).get("key_id"):
        return
    raise InputError(
        f"the data set has forgotten users, by ids that are {_in_words(then)}; those of the"
        f" delivery would be {_in_words(now)}, and they would come back"
        f"\nImport it in the same way as before (--keep-ids, {VARIABLE}), or"
        " delete the data set, import anew and forget them again."
    )


def _of_ids(pseudonyms: Pseudonyms | None, old: Description) -> dict[str, Any]:
    made = _made(pseudonyms)
    if made is None:
        return {"ids": old.get("ids", AS_THEY_WERE)}
    return {"ids": _in_words(made), "pseudonyms": made}


def _made(pseudonyms: Pseudonyms | None) -> dict[str, Any] | None:
    if pseudonyms is None:
        return None
    return {"key_id": pseudonyms.key_id, "texts": pseudonyms.texts}


def _in_words(made: Any) -> str:
    if not isinstance(made, Mapping):
        return "as they came"
    texts = "in captions and bios too" if made.get("texts") else "not in captions and bios"
    return f"pseudonyms (keyed hashes, key {made.get('key_id')}, {texts})"


def deliveries_of(old: Description) -> list[dict[str, Any]]:
    """Those that a data set was made of; none where it is not there.

    A data set of before there were deliveries, or of another maker, counts as one.
    """
    if not old:
        return []
    if isinstance(old.get("deliveries"), list):
        return list(old["deliveries"])
    names = ("source", "licence", "collected_on", "counts", "dropped")
    kept = {name: old[name] for name in names if name in old}
    maker = str(old.get("made_by", "not stated"))
    return [{"importer": maker.partition("import ")[2] or maker, **kept, "made_by": maker}]


def _last_day(deliveries: list[dict[str, Any]]) -> date | None:
    """None where one of them does not say when it was collected."""
    days = [collected_on(delivery) for delivery in deliveries]
    said = [day for day in days if day is not None]
    return max(said) if len(said) == len(days) else None


def _day(day: date | None) -> dict[str, str]:
    return {} if day is None else {"collected_on": day.isoformat()}


def _together(deliveries: list[dict[str, Any]], what: str) -> str:
    said = dict.fromkeys(str(delivery.get(what, "not stated")) for delivery in deliveries)
    stated = [text for text in said if text != "not stated"]
    return "; ".join(stated if len(stated) == len(said) else [*stated, "not stated"])
