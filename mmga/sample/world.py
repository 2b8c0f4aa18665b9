"""The sample world: an Instagram-like network made by code, of which everything is known.

The generative model, in the order in which it is drawn:

1. *Users* (`people`). Each has a topic, a visual style (a direction in four dimensions), shares of
   five niche interests within the topic, a community, an appeal, a preferred language, a day of
   joining and heavy-tailed numbers of follows and posts. These are independent of one another
   (only activity leans on appeal), so none of them can be guessed from another.
2. *Follows* (`follows`). The network grows over eight quarters. The log odds that u follows v are
   a weighted sum of the appeal of v, same topic, cosine of the styles, cosine of the niches, same
   community, triadic closure and reciprocity (`WEIGHTS`); chance is a Gumbel on top.
3. *Posts* (`posts`). A post is about the user's topic and one of the user's niches, or off topic.
   Some lack a picture or a caption, some are carousels.
4. *Pictures* (`pictures`, `motifs`, `looks`) show the post's topic and, by their edit, the style.
   *Captions* (`captions`, `phrases`, `niches`) tell the post's topic and its niche.

So the topic shows in all modalities, style only in pictures, niche only in captions, community only
in the graph, and all four move follows. The rest is nuisance: motif, scene, light and mood of a
picture, and language, template, filler and tags of a caption, are drawn anew for every post and
apart from each other. One post says little of its user; several say more.

Every draw has a generator of its own, by seed, purpose and number (`chance`): the same arguments
give the same bytes, whatever the hash seed, the number of threads or the clock. None of the latent
traits is written into the data set; `make_world` draws them again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mmga import __version__
from mmga.errors import InputError
from mmga.progress import track
from mmga.sample.captions import bio, caption
from mmga.sample.chance import generator, pseudonym
from mmga.sample.dirt import spoil
from mmga.sample.follows import Follows, grow
from mmga.sample.people import END, LANGUAGES, START, TOPICS, Floats, People, make_people
from mmga.sample.pictures import Image, picture
from mmga.sample.posts import Posts, plan_posts
from mmga.tables import ImageWriter, write_description, write_table

MIN_USERS = 50
"""Fewer users make no network."""

UNLABELLED = 0.03
"""Share of the users whose topic nobody has labelled, and of those without a bio."""


@dataclass(frozen=True)
class World:
    """A sample world with its ground truth: from it the tables and pictures are drawn."""

    seed: int
    posts_per_user: int
    people: People
    follows: Follows
    posts: Posts

    def users_table(self) -> pd.DataFrame:
        """`users`: id, topic and bio, in the order of the ids."""
        unlabelled = generator(self.seed, "unlabelled").random((len(self.people), 2)) < UNLABELLED
        topics = [TOPICS[topic] for topic in self.people.topic]
        rows = [
            (
                user_id,
                None if unlabelled[i, 0] else topics[i],
                None if unlabelled[i, 1] else bio(topics[i], generator(self.seed, "bio", i)),
            )
            for i, user_id in enumerate(self.people.ids)
        ]
        return pd.DataFrame(sorted(rows), columns=["user_id", "topic", "bio"])

    def posts_table(self) -> pd.DataFrame:
        """`posts`: id, user, time and caption, in the order of time."""
        posts = pd.DataFrame(
            {
                "post_id": self.posts.ids,
                "user_id": [self.people.ids[user] for user in self.posts.user],
                "created_at": _times(self.posts.day),
                "caption": [self.caption(post) for post in range(len(self.posts))],
            }
        )
        return posts.iloc[self._post_order()].reset_index(drop=True)

    def follows_table(self) -> pd.DataFrame:
        """`follows`: follower, followee, time and kind, in the order of time."""
        ids = np.array(self.people.ids, dtype=object)
        return pd.DataFrame(
            {
                "follower_id": ids[self.follows.fan],
                "followee_id": ids[self.follows.account],
                "followed_at": _times(self.follows.day),
                "kind": "follow",
            }
        )

    def tables(self) -> dict[str, pd.DataFrame]:
        """`users`, `posts` and `follows`."""
        return {
            "users": self.users_table(),
            "posts": self.posts_table(),
            "follows": self.follows_table(),
        }

    def image_keys(self) -> pd.DataFrame:
        """`image_id`, `post_id`, `position` of every picture, in the order of the posts."""
        rows = [
            (pseudonym(self.seed, f"image {position}", post, 16), self.posts.ids[post], position)
            for post, position in self._pictured()
        ]
        return pd.DataFrame(rows, columns=["image_id", "post_id", "position"])

    def images(self) -> Iterator[Image]:
        """Every picture, in the order of the posts, drawn when it is asked for."""
        keys = self.image_keys()
        ids = zip(keys["image_id"], keys["post_id"], strict=True)
        for (image_id, post_id), (post, position) in zip(ids, self._pictured(), strict=True):
            yield Image(image_id, post_id, position, self.picture(post, position))

    def caption(self, post: int) -> str | None:
        """The caption of a post, None where it has none; depends on no style or community."""
        if not self.posts.captioned[post]:
            return None
        return caption(
            TOPICS[self.posts.topic[post]],
            int(self.posts.niche[post]),
            LANGUAGES[self.posts.language[post]],
            generator(self.seed, "caption", post),
        )

    def picture(self, post: int, position: int = 0) -> bytes:
        """A picture of a post as a JPEG; depends on no niche, language or community."""
        return picture(
            TOPICS[self.posts.topic[post]],
            self.people.style[self.posts.user[post]],
            generator(self.seed, f"picture {position}", post),
        )

    def _pictured(self) -> list[tuple[int, int]]:
        """Post and position of every picture."""
        order = self._post_order().tolist()
        return [(post, i) for post in order for i in range(self.posts.pictures[post])]

    def _post_order(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.argsort(self.posts.day, kind="stable")


def make_world(users: int = 1500, posts_per_user: int = 6, seed: int = 7) -> World:
    """Draw a world.

    Args:
        users: How many, at least `MIN_USERS`.
        posts_per_user: Mean number of posts; every user has at least one.
        seed: A whole number from 0.

    Raises:
        InputError: If an argument is too small.
    """
    for name, value, least in (
        ("users", users, MIN_USERS),
        ("posts per user", posts_per_user, 1),
        ("seed", seed, 0),
    ):
        if value < least:
            raise InputError(f"{name} of a sample world must be at least {least}, got {value}")
    people = make_people(users, posts_per_user, seed)
    return World(seed, posts_per_user, people, grow(people, seed), plan_posts(people, seed))


def write_sample(
    out: Path, *, users: int = 1500, posts_per_user: int = 6, seed: int = 7, dirty: bool = False
) -> None:
    """Write a sample world as a data set in the canonical layout.

    Args:
        out: A folder that is missing or empty.
        users: How many.
        posts_per_user: Mean number of posts; every user has at least one.
        seed: The same seed gives the same bytes.
        dirty: Add defects such as real deliveries have; `planted` names them.

    Raises:
        InputError: If `out` holds something, or an argument is too small.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"{out} must be missing or an empty folder: a sample never overwrites data."
            "\nName another folder, or empty this one."
        )
    world = make_world(users, posts_per_user, seed)
    tables, images = world.tables(), world.images()
    total = int(world.posts.pictures.sum())
    if dirty:
        dirt = spoil(tables, world.image_keys(), seed)
        tables, images = dirt.tables, dirt.images(images)
    for name, table in tables.items():
        write_table(out, name, table)
    counts = {name: len(table) for name, table in tables.items()}
    counts["images"] = write_images(out, images, total)
    write_description(out, description(world, counts, dirty))


def planted(world: World) -> pd.DataFrame:
    """Every defect of the dirty sample of `world`: columns `table`, `record`, `defect`.

    Ground truth for judging a quality gate; it is not written into the data set. See
    `mmga.sample.dirt` for the kinds and for how a record is named.
    """
    return spoil(world.tables(), world.image_keys(), world.seed).defects


def write_images(out: Path, images: Iterator[Image], total: int) -> int:
    """Write the pictures into parts; how many there were."""
    with ImageWriter(out) as writer:
        for image in track(images, "pictures", total=total, unit="picture"):
            writer.add(*image)
    return writer.written


def description(world: World, counts: dict[str, int], dirty: bool) -> dict[str, object]:
    """What `dataset.json` says of a sample."""
    return {
        "name": "MMGA sample world" + (" with planted defects" if dirty else ""),
        "description": "An Instagram-like world of users, posts and follows. No user, picture or"
        " caption is real.",
        "source": "made by code (mmga sample)",
        "licence": "CC0-1.0",
        "ids": "made up: hashes of running numbers, which stand for nobody",
        "collected_on": END.date().isoformat(),
        "counts": counts,
        "arguments": {
            "users": len(world.people),
            "posts_per_user": world.posts_per_user,
            "seed": world.seed,
            "dirty": dirty,
        },
        "made_by": f"mmga {__version__}",
    }


def _times(day: Floats) -> pd.Series:
    """Days since `START` as times to the second."""
    seconds = np.floor(day * 86_400).astype(np.int64)
    return pd.Series(START + pd.to_timedelta(seconds, unit="s"))
