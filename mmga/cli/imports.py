"""`mmga import`: what others have becomes a data set in the canonical layout."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mmga.cli.data import AS_JSON, FOLDER, next_commands
from mmga.errors import InputError

if TYPE_CHECKING:
    from mmga.sources.identities.pseudonyms import Pseudonyms
    from mmga.sources.loading.load import Report
    from mmga.sources.source import Source

FILE = click.Path(path_type=Path, dir_okay=False)
TABLE = click.Path(path_type=Path)


@dataclass(frozen=True)
class Into:
    """Where an import goes and what is said of it: the options that all importers have."""

    out: Path
    name: str | None
    source: str
    licence: str
    collected_on: datetime | None
    force: bool
    append: bool
    keep_ids: bool
    keep_handles: bool
    as_json: bool

    def refuse_nested(self, place: Path) -> None:
        """Refuse to make a data set in the folder that is read, or around it.

        Raises:
            InputError: It would be read, or its files would go away.
        """
        out, place = self.out.resolve(), place.resolve()
        if out.is_relative_to(place):
            raise InputError(f"{self.out} lies in {place}, which is read; name another folder")
        if place.is_relative_to(out):
            raise InputError(f"{place} lies in {self.out}, which is made; name another folder")

    def take(self, source: "Source", **options: Any) -> None:
        """Load a source with these options, and those of `load`; say what became of it."""
        from mmga.sources.loading.description import About
        from mmga.sources.loading.load import load
        from mmga.tables import read_description

        report = load(
            source,
            self.out,
            About(self.name, self.source, self.licence, self._day()),
            replace=self.force,
            append=self.append,
            pseudonyms=self._pseudonyms(),
            **options,
        )
        if self.as_json:
            click.echo(json.dumps(_as_json(report), indent=2))
            return
        _print(report)
        if report.dropped_file and source.private_places and not self.keep_ids:
            click.echo(
                "  (places are pseudonyms, too; docs/importers.md says how to see the files)"
            )
        if self.append and "collected_on" not in read_description(self.out):
            click.echo(
                "(An earlier delivery does not say when it was collected, so no time is too late;"
                " validate.latest in params.yaml says what is.)",
                err=True,
            )
        if self.append and not any(report.written.values()) and not report.identified:
            click.echo(f"Nothing was added: {_why_nothing(report, self.out)}.")
            if report.dropped_file:
                click.echo("(It is no delivery: the next one's list takes the place of this one.)")
        else:
            click.echo(next_commands(self.out))

    def _day(self) -> date:
        """When the data were collected.

        Raises:
            InputError: If the day is yet to come, but for time zones, or before all social media.
        """
        from mmga.tables import FIRST_DAY

        today = datetime.now(UTC).date()
        day = self.collected_on.date() if self.collected_on else today
        if not FIRST_DAY <= day <= today + timedelta(days=1):
            raise InputError(
                f"--collected-on must be a day between {FIRST_DAY} and today, got {day}"
            )
        return day

    def _pseudonyms(self) -> "Pseudonyms | None":
        if self.keep_ids:
            return None
        from mmga.sources.identities.key_file import key_file
        from mmga.sources.identities.pseudonyms import Pseudonyms

        file = key_file()
        new = not file.exists()
        names = Pseudonyms.of_user(texts=not self.keep_handles)
        if new:
            click.echo(
                f"The key of the pseudonyms was made: {file}"
                "\nKeep a copy of it: with another key everyone is another user.",
                err=True,
            )
        return names


OPTIONS = (
    click.option("--out", type=FOLDER, required=True, help="Folder to make, usually `data`."),
    click.option("--name", help="Of the data set [that of --out]."),
    click.option("--source", default="not stated", help="Where the data come from."),
    click.option("--licence", default="not stated", help="Under which terms they may be used."),
    click.option(
        "--collected-on",
        type=click.DateTime(["%Y-%m-%d"]),
        metavar="DAY",
        help="Such as 2026-11-30; later times are rejected [today].",
    ),
    click.option("--force", is_flag=True, help="Replace a data set that is there already."),
    click.option(
        "--append", is_flag=True, help="Add to the data set that is there; its files stay."
    ),
    click.option(
        "--keep-ids", is_flag=True, help="Make no pseudonyms: the ids name nobody as they are."
    ),
    click.option("--keep-handles", is_flag=True, help="Leave @handles in captions and bios."),
    AS_JSON,
)
"""In the order in which they are shown."""


def destination(command: Callable[..., None]) -> Callable[..., None]:
    """Give an importer's command the options of `Into`, as one argument `into`."""

    @functools.wraps(command)
    def wrapped(**options: Any) -> None:
        into = Into(**{name: options.pop(name) for name in Into.__dataclass_fields__})
        command(into=into, **options)

    for option in reversed(OPTIONS):
        wrapped = option(wrapped)
    return wrapped


@click.group("import")
def import_() -> None:
    """Bring your own users, posts, pictures and follows into the canonical layout.

    An import that was interrupted goes on where it was when the same command is run again. What
    cannot be used is left out and listed, with the reason, in OUT.dropped.csv (with --append in
    OUT.dropped-00001.csv and so on).

    Ids of users, posts and pictures become pseudonyms, and so do the handles in captions and bios:
    keyed hashes, with a key that lies outside the project (MMGA_PSEUDONYM_KEY names its file, by
    default mmga/pseudonyms.key in the user's folder of settings) and is made when there is none.
    """


@import_.command("tables")
@click.option("--follows", type=TABLE, help="Who follows whom; a must, unless with --append.")
@click.option("--users", type=TABLE, help="Users; without it everyone who posts or follows.")
@click.option("--posts", type=TABLE, help="Posts: who, when, caption.")
@click.option("--images", type=TABLE, help="Pictures: of which post, in which file.")
@click.option("--image-folder", type=FOLDER, help="Where their paths begin [by --images].")
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="TABLE.COLUMN=RAW",
    help="What a column is called in your file; as often as needed.",
)
@click.option(
    "--set",
    "constants",
    multiple=True,
    metavar="TABLE.COLUMN=VALUE",
    help="One value for every record, as in follows.kind=mention.",
)
@click.option("--undirected", is_flag=True, help="A friendship is a follow in both directions.")
@click.option(
    "--encoding",
    default="utf-8",
    show_default=True,
    help="Of each CSV that has no byte order mark and is not UTF-8.",
)
@click.option(
    "--null",
    "null_words",
    multiple=True,
    metavar="TEXT",
    help=r"Stands for no value, as \N does by itself; as often as needed.",
)
@destination
def tables(
    into: Into,
    follows: Path | None,
    users: Path | None,
    posts: Path | None,
    images: Path | None,
    image_folder: Path | None,
    maps: tuple[str, ...],
    constants: tuple[str, ...],
    undirected: bool,
    encoding: str,
    null_words: tuple[str, ...],
) -> None:
    """Import users, posts, images and edges from CSV or Parquet; only --follows is a must.

    A table is a file, or a folder of files with the same columns, as Spark and BigQuery write it.
    A column that is called as below, in any case of letters, is found by itself; others are named
    with --map, and what is left is ignored. Required columns are marked *.

    \b
    users    user_id*  topic  bio
    posts    post_id*  user_id*  created_at  caption  tags (a|b: become hashtags)
    images   post_id*  file or bytes*  position  image_id
    follows  follower_id*  followee_id*  followed_at  kind (follow, mention or tag; empty: follow)

    Times are ISO 8601 or a count since 1970. What cannot be used is left out and listed, with the
    reason, in OUT.dropped.csv.

    \b
    Example:
      mmga import tables --out data --users users.csv --posts posts.csv \\
          --images images.csv --image-folder photos --follows edges.csv \\
          --map users.user_id=user --map posts.user_id=author --map posts.caption=text \\
          --map follows.follower_id=src --map follows.followee_id=dst
    """  # noqa: D301 (click reads the backspace)
    from mmga.sources.tables.mapping import Mapping
    from mmga.sources.tables.source import Tables

    files = {"users": users, "posts": posts, "images": images, "follows": follows}
    source = Tables(
        files={table: file for table, file in files.items() if file},
        mapping=Mapping.parse(maps, constants),
        image_folder=image_folder,
        encoding=encoding,
        complete=not into.append,
        null_words=null_words,
    )
    source.refuse_inside(into.out)
    into.take(source, everyone=source.everyone, undirected=undirected)
    for hint in source.nulls.hints():
        click.echo(f"({hint})", err=True)


@import_.command("instaloader")
@click.argument("folder", type=FOLDER)
@click.option("--edges", type=FILE, help="Who follows whom: follower,followee[,timestamp].")
@destination
def instaloader(into: Into, folder: Path, edges: Path | None) -> None:
    """Import FOLDER, which holds folders of profiles as Instaloader writes them.

    Instaloader writes no follow lists. They come in as a file of --edges, with or without a header,
    of usernames or numeric ids. Everybody in it becomes a user, also who has no folder (and so no
    posts, topic or bio). Whom a post mentions or tags becomes an edge of kind mention or tag, among
    the users there are; it is never called a follow.

    A user is known by the lower-case username; one who changed it is one user, by the one in use,
    or with --append by the one that the data set has: the numeric id says who it is.

    \b
    Example:
      mmga import instaloader profiles --edges edges.csv --out data
    """  # noqa: D301 (click reads the backspace)
    from mmga.sources.instaloader import Instaloader

    into.refuse_nested(folder)
    source = Instaloader(folder, edges)
    if source.is_one_profile:
        click.echo(
            f"{folder} is the folder of one profile, which alone is imported."
            f"\nTo import all, name the folder that holds them: {folder.resolve().parent}",
            err=True,
        )
    if edges is None and not into.append:
        click.echo(
            "Without --edges nobody follows anybody: Instaloader writes no follow lists."
            "\nGive them with --edges FILE, with lines follower,followee[,timestamp]; or train on"
            " mentions and tags\n(validate.kinds: [mention, tag] in params.yaml).",
            err=True,
        )
    into.take(source, everyone=True, makers=("follow",))


@import_.command("instagram-export")
@click.argument("place", type=click.Path(path_type=Path))
@click.option(
    "--owner",
    "owners",
    multiple=True,
    metavar="[EXPORT=]NAME",
    help="Whose an export is that does not say so itself; as often as needed.",
)
@destination
def instagram_export(into: Into, place: Path, owners: tuple[str, ...]) -> None:
    """Import exports of "Download your information" in JSON: PLACE is one, or a folder of many.

    An export is a folder or a zip file, of one person; several of the same person are taken
    together. Followers and followees come with their dates, the person's own posts with pictures.

    \b
    Example:
      mmga import instagram-export exports --out data
      mmga import instagram-export my-export.zip --owner anna --out data
    """  # noqa: D301 (click reads the backspace)
    from mmga.sources.instagram_export import InstagramExport

    pairs = (owner.rpartition("=") for owner in owners)
    into.refuse_nested(place)
    source = InstagramExport(place, {label: name for label, _, name in pairs})
    into.take(source, everyone=True, makers=("follow",))


@import_.command("influencers")
@click.argument("folder", type=FOLDER)
@destination
def influencers(into: Into, folder: Path) -> None:
    """Import the Instagram Influencer Dataset (Kim et al., WWW 2020) from FOLDER.

    It holds influencers.txt, JSON-Image_files_mapping.txt, and the posts and pictures: as folders
    (info, image), or in archives, which are read where they are: zip, split zip (.z01 to .zip, or
    .zip.001 on), tar, tar.gz. The data set has no follows; its edges are mentions and tags among
    its users. For training on them set validate.kinds: [mention, tag].

    \b
    Example:
      mmga import influencers downloads/influencers --out data
    """  # noqa: D301 (click reads the backspace)
    from mmga.sources.influencers import Influencers

    into.refuse_nested(folder)
    into.take(Influencers(folder), everyone=True, makers=("follow",))


def _print(report: "Report") -> None:
    click.echo(f"{'table':<8} {'read':>10} {'written':>10} {'dropped':>10}")
    for table, written in report.written.items():
        dropped = sum(report.dropped.get(table, {}).values())
        read = f"{report.read[table]:,}" if table in report.read else "-"
        click.echo(f"{table:<8} {read:>10} {written:>10,} {dropped:>10,}")
    for table, count in report.only_named.items():
        click.echo(f"  added {count:,} to {table}: only named in other tables")
    if report.identified:
        click.echo(f"  noted the names and numbers of {report.identified:,} users")
    for table, reasons in report.dropped.items():
        for reason, count in reasons.items():
            click.echo(f"  dropped {count:,} of {table}: {reason}")
    if report.dropped_file:
        click.echo(f"  one by one in {report.dropped_file}")


def _why_nothing(report: "Report", out: Path) -> str:
    from mmga.sources.loading.relate import IN_SET

    reasons = [reason for told in report.dropped.values() for reason in told]
    if all(IN_SET in reason or "came before" in reason for reason in reasons):
        return f"{out} has a record of each id already, which stays as it is"
    return f"what {out} does not have already was left out, for the reasons above"


def _as_json(report: "Report") -> dict[str, object]:
    listed = str(report.dropped_file) if report.dropped_file else None
    return {
        "read": report.read,
        "only_named": report.only_named,
        "identified": report.identified,
        "written": report.written,
        "dropped": report.dropped,
        "dropped_file": listed,
    }
