"""Defects such as real deliveries have, planted in a sample, each of a known kind and number."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from PIL import Image as Pillow

from mmga.sample.chance import generator, pseudonym
from mmga.sample.people import Ints
from mmga.sample.pictures import Image

SHARE = 0.005
"""Share of a table's records that get each kind of defect; at least one record does."""

FUTURE = pd.Timedelta(days=36_525)
"""How far ahead of their true time the future records are: a century."""

BLANKS = ("", " ", "\n", " \t ", "\u00a0")
CONTROLS = ("\x00", "\x07", "\x1b")
NO_PICTURE = b"<!DOCTYPE html><html><title>404 Not Found</title></html>\n"

COPIES = ("duplicate id", "duplicate follow")
"""Defects of a record that is added as a copy of another; both have the record's key."""

DEFECTS: dict[str, tuple[str, ...]] = {
    "users": ("duplicate id", "misspelt topic"),
    "posts": ("duplicate id", "unknown user", "future time", "time 1970", "blank caption",
              "control characters"),
    "follows": ("duplicate follow", "unknown user", "self-follow", "future time", "time 1970"),
    "images": ("duplicate id", "unknown post", "truncated", "no picture", "tiny",
               "copied from another post", "wrong sha256", "negative position"),
}  # fmt: skip
"""The kinds of defects of each table. A record has at most one, and so has a post's family: no
picture that is spoiled belongs to a post that is."""


@dataclass(frozen=True)
class Dirt:
    """A spoiled sample, and what is wrong with it."""

    tables: dict[str, pd.DataFrame]
    """`users`, `posts` and `follows` with their defects."""
    image_defects: dict[int, str]
    """Kind of the defect by the picture's place in the stream of pictures."""
    defects: pd.DataFrame
    """Columns `table`, `record`, `defect`. A record is named by its id as it is written, a follow
    by "FOLLOWER FOLLOWEE"."""
    seed: int

    def images(self, images: Iterator[Image]) -> Iterator[Image]:
        """The pictures with their defects."""
        sound = None
        for place, image in enumerate(images):
            defect = self.image_defects.get(place)
            if defect is None:
                sound = image
                yield image
                continue
            assert sound is not None, "the first picture is never spoiled"
            yield _spoiled_image(image, defect, sound, pseudonym(self.seed, "ghost", place, 16))
            if defect in COPIES:
                yield image


def spoil(tables: dict[str, pd.DataFrame], image_keys: pd.DataFrame, seed: int) -> Dirt:
    """Plant every kind of defect.

    Args:
        tables: Sound `users`, `posts` and `follows`; they stay as they are.
        image_keys: `image_id`, `post_id`, `position` of every picture, in their order.
        seed: Of what is chosen.
    """
    spoiled, defects = {}, []
    for name, frame in tables.items():
        chosen = _chosen(name, frame, seed)
        spoiled[name], found = _spoiled_table(name, frame, chosen, seed)
        defects += found
    hurt = {record for table, record, _ in defects if table == "posts"}
    sound = image_keys["post_id"].isin(hurt) | (image_keys["position"] > 0)
    chosen = _chosen("images", image_keys, seed, barred=np.flatnonzero(sound | (sound.index == 0)))
    ids = image_keys["image_id"].to_numpy()
    defects += [("images", ids[i], kind) for kind, rows in chosen.items() for i in rows]
    places = {int(i): kind for kind, rows in chosen.items() for i in rows}
    listed = pd.DataFrame(defects, columns=["table", "record", "defect"])
    return Dirt(spoiled, places, listed, seed)


def _chosen(
    name: str, frame: pd.DataFrame, seed: int, barred: Ints | None = None
) -> dict[str, Ints]:
    """The rows that get each defect; no row gets two."""
    chance = generator(seed, f"defects of {name}")
    number = max(1, round(SHARE * len(frame)))
    free = np.ones(len(frame), dtype=bool)
    free[barred if barred is not None else []] = False
    chosen = {}
    for kind in DEFECTS[name]:
        rows = np.flatnonzero(free & _eligible(kind, frame))
        chosen[kind] = np.sort(chance.choice(rows, size=number, replace=False))
        free[chosen[kind]] = False
    return chosen


def _eligible(kind: str, frame: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if kind == "misspelt topic":
        return frame["topic"].notna().to_numpy()
    if kind in ("blank caption", "control characters"):
        return frame["caption"].notna().to_numpy()
    if kind == "self-follow":  # one a user, so that none is a duplicate as well
        return ~frame["follower_id"].duplicated().to_numpy()
    return np.ones(len(frame), dtype=bool)


def _spoiled_table(
    name: str, frame: pd.DataFrame, chosen: dict[str, Ints], seed: int
) -> tuple[pd.DataFrame, list[tuple[str, str, str]]]:
    out, copies, found = frame.copy(), [], []
    for kind, rows in chosen.items():
        if kind in COPIES:
            copies.append(frame.iloc[rows])
        else:
            column, change = _change(kind, name, seed)
            values = out[column].tolist()
            for row in rows.tolist():
                values[row] = change(frame.iloc[row], row)
            out[column] = pd.Series(values, dtype=frame[column].dtype)
        found += [(name, _key(name, out.iloc[row]), kind) for row in rows]
    return pd.concat([out, *copies], ignore_index=True), found


def _change(kind: str, name: str, seed: int) -> tuple[str, Callable[[pd.Series, int], object]]:
    """The column that a defect spoils, and what it becomes for a record and its row."""
    time = "followed_at" if name == "follows" else "created_at"
    user = "followee_id" if name == "follows" else "user_id"
    return {
        "misspelt topic": ("topic", lambda record, row: _misspelt(record["topic"], row)),
        "unknown user": (user, lambda record, row: pseudonym(seed, f"ghost of {name}", row)),
        "future time": (time, lambda record, row: record[time] + FUTURE),
        "time 1970": (time, lambda record, row: pd.Timestamp(row % 60, unit="s", tz="UTC")),
        "blank caption": ("caption", lambda record, row: BLANKS[row % len(BLANKS)]),
        "control characters": ("caption", lambda record, row: _controlled(record["caption"], row)),
        "self-follow": ("followee_id", lambda record, row: record["follower_id"]),
    }[kind]


def _key(name: str, record: pd.Series) -> str:
    if name == "follows":
        return f"{record['follower_id']} {record['followee_id']}"
    return str(record.iloc[0])


def _misspelt(topic: str, row: int) -> str:
    """`topic` without one of its inner letters ("fasion")."""
    gap = 1 + row % (len(topic) - 2)
    return topic[:gap] + topic[gap + 1 :]


def _controlled(caption: str, row: int) -> str:
    middle = len(caption) // 2
    return caption[:middle] + CONTROLS[row % len(CONTROLS)] + caption[middle:]


def _spoiled_image(image: Image, defect: str, sound: Image, ghost: str) -> Image:
    """`image` with a defect; `sound` is a picture of another post, `ghost` an unknown id."""
    changes: dict[str, Callable[[], Image]] = {
        "duplicate id": lambda: image,
        "unknown post": lambda: image._replace(post_id=ghost),
        "truncated": lambda: image._replace(content=image.content[: len(image.content) * 3 // 5]),
        "no picture": lambda: image._replace(content=NO_PICTURE),
        "tiny": lambda: image._replace(content=_shrunk(image.content)),
        "copied from another post": lambda: image._replace(content=sound.content),
        "wrong sha256": lambda: image._replace(sha256=4 * ghost),
        "negative position": lambda: image._replace(position=-1),
    }
    return changes[defect]()


def _shrunk(content: bytes) -> bytes:
    stream = io.BytesIO()
    with Pillow.open(io.BytesIO(content)) as picture:
        picture.resize((8, 8)).save(stream, "JPEG")
    return stream.getvalue()
