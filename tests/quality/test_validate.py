"""One planted fault at a time: the rule that must catch it does, and no other one fires."""

import json
import re
from functools import partial
from itertools import zip_longest

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import ExifTags, Image
from pydantic import ValidationError

from mmga.errors import InputError
from mmga.quality.delivery import read_delivery
from mmga.quality.drift import DriftParams
from mmga.quality.judge import judge
from mmga.quality.params import ValidateParams
from mmga.quality.report import described, refusal, report
from mmga.quality.rules import rules_for
from mmga.quality.validate import validate
from mmga.tables import TABLES, write_description
from tests.quality.conftest import DRIFT, PARAMS, digest, make_world, picture, saved


def last(frame, **changes):
    """`frame` with its last record changed."""
    return frame.assign(
        **{column: [*frame[column].iloc[:-1], value] for column, value in changes.items()}
    ).astype({column: frame[column].dtype for column in changes})


def more(frame, **changes):
    """`frame` with a changed copy of its first record at the end."""
    return pd.concat([frame, frame.head(1).assign(**changes)], ignore_index=True)


def change(table, how, **changes):
    def plant(world):
        setattr(world, table, how(getattr(world, table), **changes))

    return plant


def show(index, *values):
    """Put `values` in place of the last picture from the column `index` on."""

    def plant(world):
        world.pictures[-1][index : index + len(values)] = values

    return plant


def add_picture(*record):
    def plant(world):
        world.pictures.append([*record, None])

    return plant


def spread_posts(**columns):
    """Give the first posts other values: `columns` are lists, from the first post on."""

    def plant(world):
        for column, values in columns.items():
            world.posts.loc[: len(values) - 1, column] = values

    return plant


def many_pictures(world):
    for number in range(PARAMS.max_pictures):
        world.pictures.append([f"x{number}", "p000", number + 1, picture(1000 + number), None])


def somewhere():
    """The EXIF data of a picture taken in Hamburg."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (53.0, 33.0, 0.0)
    return exif


EARLY = pd.Timestamp("1970-01-20", tz="UTC")
UNSET = pd.Timestamp("2038-01-19", tz="UTC")
LATE = pd.Timestamp("2501-01-01", tz="UTC")
WHOLE = picture(7, 64)
LATER = {"posts.plausible_time", "follows.plausible_time"}
FAULTS = {
    "users.user_id_present": change("users", more, user_id="  "),
    "users.one_content": change("users", more, bio="another"),
    "users.no_copies": change("users", more),
    "users.id_clean": change("users", more, user_id="x\u200b"),
    "users.id_distinct": change("users", more, user_id="U000"),
    "users.topic_spelling": change("users", last, topic="fod"),
    "users.topic_frequent": change("users", last, topic="astronomy"),
    "users.bio_readable": change("users", last, bio="cafÃ© owner"),
    "users.share_of_posts": spread_posts(user_id=["u000"] * 41),
    "users.share_of_follows": lambda world: world.follows.update(
        {"followee_id": pd.Series("u079", range(0, 82, 2))}
    ),
    "posts.id_clean": change("posts", more, post_id="x "),
    "posts.caption_length": change("posts", last, caption="long " * 2001),
    "posts.few_pictures": many_pictures,
    "posts.times_together": change("posts", more, post_id="x", created_at=UNSET),
    "follows.times_together": change("follows", last, followed_at=UNSET),
    "posts.post_id_present": change("posts", more, post_id=""),
    "posts.one_content": change("posts", more, caption="another"),
    "posts.no_copies": change("posts", more),
    "posts.user_id_present": change("posts", more, post_id="x", user_id=" "),
    "posts.known_user": change("posts", more, post_id="x", user_id="nobody"),
    "posts.plausible_time": change("posts", more, post_id="x", created_at=EARLY),
    "posts.caption_not_blank": change("posts", last, caption=" \n\t"),
    "posts.caption_encoding": change("posts", last, caption="cafÃ© au lait"),
    "posts.caption_printable": change("posts", last, caption="a bell\x07 rings"),
    "images.image_id_present": add_picture(" ", "p000", 1, WHOLE),
    "images.one_content": add_picture("i000", "p001", 1, WHOLE),
    "images.no_copies": lambda world: world.pictures.append(world.pictures[0]),
    "images.post_id_present": add_picture("x", "", 0, WHOLE),
    "images.known_post": add_picture("x", "nothing", 0, WHOLE),
    "images.decodable": show(3, b"<html>no picture</html>"),
    "images.unchanged": show(4, "0" * 64),
    "images.large_enough": show(3, picture(8, 12)),
    "images.shape": show(3, picture(8, 20, wide=200)),
    "images.shows_something": show(3, saved(Image.new("RGB", (24, 24), "teal"))),
    "images.no_place": show(3, picture(8, 24, exif=somewhere())),
    "images.own_position": show(2, -1),
    "follows.follower_id_present": change("follows", more, follower_id=""),
    "follows.known_follower": change("follows", last, follower_id="nobody"),
    "follows.followee_id_present": change("follows", more, followee_id=" "),
    "follows.known_followee": change("follows", last, followee_id="nobody"),
    "follows.known_kind": change("follows", last, kind="like"),
    "follows.no_self_follow": change("follows", more, followee_id="u000"),
    "follows.once": change("follows", more),
    "follows.plausible_time": change("follows", last, followed_at=LATE),
}  # fmt: skip
FAULTS["images.once_in_a_post"] = lambda world: world.pictures.append(
    ["x", "p003", 1, world.pictures[3][3], None]
)
FAULTS["images.own_picture"] = lambda world: world.pictures.append(
    ["x", "p004", 1, world.pictures[3][3], None]
)


@pytest.fixture
def run(world, tmp_path):
    """Validate `world` as it is by then; the report and the error, if there is one."""

    def go(**changes):
        data, build = world.write(tmp_path / "data"), tmp_path / "build"
        error = None
        try:
            validate(data, build / "clean", build / "quality", PARAMS.model_copy(update=changes))
        except InputError as raised:
            error = str(raised)
        return json.loads((build / "quality" / "report.json").read_text()), error

    return go


@pytest.fixture
def look(world, tmp_path):
    """Judge `world` as it is by then, but write nothing; the report and the refusal, if any."""

    def go(**changes):
        data = world.write(tmp_path / "data")
        judgement = judge(
            read_delivery(data, PARAMS.max_image_pixels), PARAMS.model_copy(update=changes)
        )
        error = refusal(judgement) if judgement.verdict == "fail" else None
        return report(judgement), error

    return go


def broken(report):
    return {f"{e['table']}.{e['name']}" for e in report["expectations"] if not e["success"]}


def rejected(tmp_path, table):
    file = tmp_path / "build" / "quality" / "quarantine" / f"{table}.parquet"
    return pd.read_parquet(file) if file.is_file() else None


def test_good_data_break_no_rule_and_all_go_on(run, world, tmp_path):
    result, error = run()
    assert (broken(result), result["verdict"], error) == (set(), "pass", None)
    for name, schema in TABLES.items():
        clean = pq.read_table(tmp_path / "build" / "clean" / f"{name}.parquet")
        assert clean.schema.equals(schema)
        assert len(clean) == len(getattr(world, name)) == result["tables"][name]["clean"]
    assert not (tmp_path / "build" / "quality" / "quarantine").exists()


def one_of_each_table():
    """The faults in groups of at most one a table: they do not meet, and ten runs are enough."""
    tables = ("users", "posts", "images", "follows")
    columns = [[rule for rule in FAULTS if rule.startswith(f"{table}.")] for table in tables]
    return [tuple(filter(None, group)) for group in zip_longest(*columns)]


@pytest.mark.parametrize("rules", one_of_each_table(), ids=" ".join)
def test_a_fault_breaks_its_own_rule_and_no_other(rules, world, tmp_path):
    for rule in rules:
        FAULTS[rule](world)
    data = world.write(tmp_path / "data")
    judgement = judge(read_delivery(data, PARAMS.max_image_pixels), PARAMS)
    result = report(judgement)
    assert broken(result) == set(rules)
    critical = 0
    for finding, entry in zip(judgement.findings, result["expectations"], strict=True):
        if entry["success"]:
            continue
        table, name = entry["table"], entry["name"]
        assert (entry["unexpected"], len(entry["examples"])) == (1, 1)
        counts = result["tables"][table]
        assert counts["read"] - counts["clean"] == counts["rejected"] == int(entry["rejects"])
        assert described(judgement, finding).startswith(f"{table}: 1 of ")
        assert f"break {name}: " in described(judgement, finding)
        critical += entry["severity"] == "critical"
        if entry["rejects"]:
            (reason,) = judgement.tables[table].rejected["reason"]
            assert reason.startswith(f"{name}: ")
    assert result["verdict"] == ("fail" if critical else "warn")
    if critical:
        error = refusal(judgement)
        assert "build/quality/index.html" in error
        assert len(error.splitlines()) == 2


def test_a_stopped_run_leaves_report_and_quarantine_but_no_clean_tables(run, world, tmp_path):
    FAULTS["images.decodable"](world)
    result, error = run()
    assert (result["verdict"], error is None) == ("fail", False)
    assert not (tmp_path / "build" / "clean").exists()
    quarantine = rejected(tmp_path, "images")
    assert quarantine["image_id"].tolist() == ["i159"]
    assert "no JPEG, PNG, WEBP" in quarantine["reason"][0]
    assert "i159" in (tmp_path / "build" / "quality" / "index.html").read_text()


def test_a_tolerated_share_of_critical_faults_is_rejected_and_the_run_goes_on(run, world, tmp_path):
    FAULTS["posts.known_user"](world)
    share = 1 / len(world.posts)
    result, error = run(tolerate=share)
    assert (result["verdict"], error) == ("warn", None)
    assert "nobody" not in set(pd.read_parquet(tmp_path / "build/clean/posts.parquet")["user_id"])
    result, error = run(tolerate=share * 0.99)
    assert result["verdict"] == "fail"


def test_what_belongs_to_a_rejected_user_goes_with_the_user(run, world, tmp_path):
    world.posts = more(world.posts, user_id="nobody", post_id="x")
    world.pictures.append(["y", "x", 0, WHOLE, None])
    result, _ = run(tolerate=0.1)
    assert broken(result) == {"posts.known_user", "images.post_accepted"}
    (reason,) = rejected(tmp_path, "images")["reason"]
    assert reason == (
        "post_accepted: its post was rejected (known_user: its user_id is not in users.parquet)"
    )
    assert "y" not in set(pd.read_parquet(tmp_path / "build/clean/images.parquet")["image_id"])


def test_an_unknown_id_is_told_the_known_one_that_looks_the_same(run, world, tmp_path):
    world.posts.loc[[0, 1], "user_id"] = [" U000", "nobody"]
    result, _ = run()
    reasons = rejected(tmp_path, "posts").set_index("user_id")["reason"]
    assert reasons[" U000"] == (
        "known_user: its user_id is not in users.parquet (but u000 is there)"
    )
    assert reasons["nobody"] == "known_user: its user_id is not in users.parquet"
    (entry,) = [e for e in result["expectations"] if e["stops"]]
    assert [example["like_user"] for example in entry["examples"]] == ["but u000 is there", ""]


def test_a_repeated_user_keeps_the_first_record_and_all_that_belongs_to_it(run, world, tmp_path):
    world.users = more(world.users, bio="another")
    result, _ = run(tolerate=0.1)
    assert broken(result) == {"users.one_content"}
    users = pd.read_parquet(tmp_path / "build/clean/users.parquet")
    assert users["topic"][0] == world.users["topic"][0]
    assert result["tables"]["posts"]["rejected"] == result["tables"]["follows"]["rejected"] == 0


def test_of_two_dates_of_one_follow_the_earlier_is_kept(run, world, tmp_path):
    earlier = pd.Timestamp("2023-01-01", tz="UTC")
    world.follows = more(world.follows, followed_at=earlier)
    run()
    follows = pd.read_parquet(tmp_path / "build/clean/follows.parquet")
    first = world.follows.iloc[0]
    own = (follows["follower_id"] == first["follower_id"]) & (
        follows["followee_id"] == first["followee_id"]
    )
    assert follows.loc[own, "followed_at"].tolist() == [earlier]


def put_first(frame, **changes):
    """`frame` with a changed copy of its first record before it."""
    return pd.concat([frame.head(1).assign(**changes), frame], ignore_index=True)


BAD_DOUBLES = {
    "follows": [
        (change("follows", put_first, followed_at=EARLY), "plausible_time"),
        (change("follows", more, followed_at=EARLY), "plausible_time"),
    ],
    "posts": [
        (change("posts", put_first, created_at=EARLY), "plausible_time"),
        (change("posts", put_first, user_id="nobody"), "known_user"),
    ],
    "images": [
        (lambda world: world.pictures.insert(0, ["i000", "p000", 0, b"<html>", None]), "decodable"),
        (lambda w: w.pictures.insert(0, ["i000", "x", 0, w.pictures[0][3], None]), "known_post"),
        (
            lambda world: world.pictures.insert(
                0, ["x", "p000", 1, WHOLE, digest(world.pictures[0][3])]
            ),
            "unchanged",
        ),
    ],
}


@pytest.mark.parametrize(
    ("table", "plant", "rule"),
    [(table, *case) for table, cases in BAD_DOUBLES.items() for case in cases],
)
def test_of_two_doubles_the_bad_one_goes_and_the_good_one_stays(
    table, plant, rule, run, world, tmp_path
):
    counts = {"posts": len(world.posts), "images": len(world.pictures)}
    counts["follows"] = len(world.follows)
    plant(world)
    result, error = run(tolerate=0.1)
    assert (error, broken(result)) == (None, {f"{table}.{rule}"})
    assert result["tables"][table]["reasons"] == {rule: 1}
    assert {name: result["tables"][name]["clean"] for name in counts} == counts


def test_a_picture_is_not_lost_to_a_copy_that_is_rejected_for_its_id(run, world):
    world.pictures.insert(1, ["i000", "p001", 1, WHOLE, None])
    world.pictures.append(["x", "p001", 1, WHOLE, None])
    result, _ = run(tolerate=0.1)
    assert result["tables"]["images"]["reasons"] == {"one_content": 1}


def test_records_that_break_the_same_rules_are_one_group_whatever_is_in_brackets(world, tmp_path):
    world.posts.loc[:3, "user_id"] = ["U000 (a; b", "U001)", "U002; ", "nobody"]
    world.users["user_id"] = world.users["user_id"].replace(
        {"u000": "u000 (a; b", "u001": "u001)", "u002": "u002;"}
    )
    names = dict(zip(make_world().users["user_id"], world.users["user_id"], strict=True))
    for table, column in (
        ("posts", "user_id"),
        ("follows", "follower_id"),
        ("follows", "followee_id"),
    ):
        frame = getattr(world, table)
        frame[column] = frame[column].replace(names)
    judgement = judge(read_delivery(world.write(tmp_path / "data"), 10**6), PARAMS)
    (faults,) = judgement.tables["posts"].faults.dropna().unique()
    assert faults == "known_user: its user_id is not in users.parquet"
    assert judgement.tables["posts"].rejected["reason"].nunique() == 4


def test_the_order_of_the_input_changes_nothing_that_is_clean(run, world, tmp_path):
    run()
    clean = tmp_path / "build" / "clean"
    before = {file.name: file.read_bytes() for file in clean.iterdir()}
    for name in TABLES:
        setattr(world, name, getattr(world, name).sample(frac=1, random_state=3))
    run()
    del before["images.parquet"]
    assert before == {name: (clean / name).read_bytes() for name in before}


def test_two_runs_write_the_same_bytes(run, world, tmp_path):
    for rule in ("posts.caption_not_blank", "images.large_enough", "follows.no_self_follow"):
        FAULTS[rule](world)
    files = []
    for _ in range(2):
        run()
        build = tmp_path / "build"
        files.append({str(f): f.read_bytes() for f in build.rglob("*") if f.is_file()})
    assert files[0] == files[1]


def test_clean_pictures_are_found_where_the_index_says(run, world, tmp_path):
    run()
    index = pd.read_parquet(tmp_path / "build/clean/images.parquet")
    assert index["part"].nunique() > 1
    for place in index.itertuples():
        row = pq.read_table(tmp_path / "data/images" / place.part)["bytes"][place.row].as_py()
        assert digest(row) == place.sha256
        assert (place.width, place.height) == (24, 24)


def test_edges_of_other_kinds_are_left_out_and_counted(look, world):
    world.follows.loc[:9, "kind"] = "mention"
    world.follows.loc[0, "followee_id"] = "someone outside"
    world.follows.loc[[1, 2], "followee_id"] = world.follows.loc[[1, 2], "follower_id"]
    result, error = look()
    assert (error, result["verdict"]) == (None, "pass")
    assert result["tables"]["follows"]["dropped"] == {"mention": 10}
    assert result["tables"]["follows"]["dropped_own"] == {"mention": 2}
    assert result["tables"]["follows"]["clean"] == len(world.follows) - 10


def test_mentions_of_oneself_are_rejected_where_mentions_are_predicted(run, world, tmp_path):
    world.follows["kind"] = ["mention", "tag"] * (len(world.follows) // 2)
    world.follows.loc[[1, 2], "followee_id"] = world.follows.loc[[1, 2], "follower_id"]
    result, error = run(kinds=["mention", "tag"])
    assert error is None
    assert broken(result) == {"follows.no_self_follow"}
    assert result["tables"]["follows"]["reasons"] == {"no_self_follow": 2}
    assert sorted(rejected(tmp_path, "follows")["kind"]) == ["mention", "tag"]


def test_no_edge_of_the_predicted_kinds_names_the_kinds_that_are_there(look, world):
    world.follows["kind"] = "tag"
    result, error = look()
    assert "clean.enough_left" in broken(result)
    assert "there are: tag (160). Set validate.kinds" in error
    assert result["ways_out"][0].endswith("in params.yaml set validate.kinds to [tag].")
    assert look(kinds=["tag"])[1] is None


@pytest.mark.parametrize("lacking", ["images", "captions", "dates", "topics", "posts"])
def test_data_without_a_modality_go_through(lacking, run, world, tmp_path):
    if lacking == "captions":
        world.posts["caption"] = None
    elif lacking == "dates":
        world.posts["created_at"] = world.follows["followed_at"] = pd.NaT
    elif lacking == "topics":
        world.users["topic"] = None
    elif lacking == "posts":
        world.posts = world.posts.head(0)
    if lacking in ("images", "posts"):
        world.pictures = []
    result, error = run()
    assert error is None
    assert result["tables"]["follows"]["clean"] == len(world.follows)
    severities = {e["severity"] for e in result["expectations"] if not e["success"]}
    assert severities
    assert "critical" not in severities
    assert (tmp_path / "build" / "clean" / "images.parquet").is_file()


def test_too_few_users_are_refused_with_the_number_that_is_needed(look, world):
    result, error = look(min_users=81)
    assert broken(result) == {"clean.enough_left"}
    assert error.startswith("users: 80 are left, 81 are needed (validate.min_users)")
    assert result["ways_out"][0] == (
        "Import more data, or in params.yaml set validate.min_users to 80 or less."
    )
    assert look(min_users=80)[1] is None


def test_warnings_that_reject_too_much_stop_the_run(look, world):
    world.follows.loc[:99, "kind"] = "like"
    result, error = look()
    assert broken(result) == {"follows.known_kind", "clean.few_rejected"}
    assert error.startswith("follows: 100 of 160 records are rejected, at most 20% may be")


@pytest.mark.parametrize("many", [0, 40], ids=["few", "many"])
def test_with_the_parameters_that_a_stopped_run_names_it_goes_on(many, look, world):
    FAULTS["images.decodable"](world)
    FAULTS["posts.known_user"](world)
    world.follows.loc[: many - 1, "kind"] = "like"
    result, error = look()
    assert result["ways_out"][0] == "Mend the source and import it again."
    assert all(way in error for way in result["ways_out"])
    named = re.findall(r"set validate\.(\w+) to ([\d.]+) or more", result["ways_out"][-1])
    least = {name: float(value) for name, value in named}
    assert set(least) == {"tolerate"} | ({"max_rejected"} if many else set())
    again, error = look(**least)
    assert (again["verdict"], again["ways_out"], error) == ("warn", [], None)
    less = {name: value - 0.0001 for name, value in least.items()}
    assert look(**less)[0]["verdict"] == "fail"


@pytest.mark.parametrize("lost", ["every post", "a file"])
def test_what_cannot_be_accepted_is_not_offered(lost, run, world, tmp_path):
    if lost == "every post":
        world.posts["user_id"] = "nobody"
        result, _ = run()
        assert "quarantine" in result["ways_out"][-1]
    else:
        data = world.write(tmp_path / "data")
        damage_truncated("posts.parquet", data)
        with pytest.raises(InputError, match=r"`dvc pull data\.dvc`") as raised:
            validate(data, tmp_path / "clean", tmp_path / "quality", PARAMS)
        result = json.loads((tmp_path / "quality" / "report.json").read_text())
        assert result["ways_out"][-1] in str(raised.value)
    assert "validate." not in " ".join(result["ways_out"])


def test_several_critical_rules_are_told_worst_first(look, world):
    world.posts.loc[:4, "user_id"] = "nobody"
    world.follows.loc[0, "follower_id"] = "nobody"
    _, error = look()
    assert error.startswith("posts: 5 of 160 records break known_user")
    assert "1 more critical rule is broken" in error


@pytest.mark.parametrize("latest", ["2024-08-06", "2024-08-07"])
def test_a_post_of_the_day_after_the_export_is_rejected(latest, look, world):
    newest = world.posts["created_at"].max().date()
    result, _ = look(latest=pd.Timestamp(latest).date())
    late = pd.Timestamp(latest).date() < newest
    assert ("posts.plausible_time" in broken(result)) == late


@pytest.mark.parametrize("given", [None, 3])
def test_nothing_is_later_than_the_day_after_the_collection(given, look, world):
    days = pd.concat([world.posts["created_at"], world.follows["followed_at"]]).dt.normalize()
    world.described = {"collected_on": days.max().date().isoformat()}
    last = days.max() + pd.Timedelta(days=given or 1)
    late = last + pd.Timedelta(days=1)
    for when, rules in ((late - pd.Timedelta(minutes=1), set()), (late, LATER)):
        world.posts.loc[0, "created_at"] = world.follows.loc[0, "followed_at"] = when
        result, _ = look(latest=given and last.date())
        assert broken(result) - {"images.post_accepted"} == rules
        assert result["params"]["latest"] == last.date().isoformat(), "as it was used"


@pytest.mark.parametrize("day", ["yesterday", 20240806, "2024-08-06T00:00:00Z", "9999-12-31"])
def test_a_day_of_collection_that_is_none_stops_the_run(day, look, world):
    world.described = {"collected_on": day}
    result, error = look()
    assert "files.readable" in broken(result)
    assert "collected_on must be a day such as 2026-11-30, between 2004-01-01 and" in error
    assert f"got {day!r}" in error


def damage_missing_column(data):
    table = pq.read_table(data / "users.parquet")
    pq.write_table(table.drop_columns(["user_id"]), data / "users.parquet")


def damage_truncated(name, data):
    file = data / name
    file.write_bytes(file.read_bytes()[:-40])


def damage_absent(data):
    (data / "follows.parquet").unlink()


def damage_caption(data):
    """A text column whose bytes are no UTF-8, as a writer leaves it that does not look."""
    posts = pq.read_table(data / "posts.parquet")
    raw = pa.array([b"caf\xe9", *[b"fine"] * (len(posts) - 1)])
    wrong = pa.StringArray.from_buffers(len(raw), raw.buffers()[1], raw.buffers()[2])
    place = posts.column_names.index("caption")
    pq.write_table(posts.set_column(place, "caption", wrong), data / "posts.parquet")


def damage_images(column, value, data):
    part = data / "images/part-00000.parquet"
    table = pq.read_table(part)
    found = pa.array([value] * len(table))
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, column, found), part)


def damage_description(data):
    write_description(data, {})
    (data / "dataset.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damage_missing_column, "column 'user_id' is missing"),
        (partial(damage_truncated, "posts.parquet"), "cannot be read as Parquet"),
        (partial(damage_truncated, "images/part-00000.parquet"), "cannot be read as Parquet"),
        (damage_absent, "is missing; a data set"),
        (damage_description, "is not valid JSON"),
        (damage_caption, "column 'caption' must be string, got string: "),
        (partial(damage_images, "position", 2**40), "'position' must be int32, got int64: Integer"),
        (partial(damage_images, "position", "first"), "'position' must be int32, got string: "),
        (partial(damage_images, "position", 0.5), "'position' must be int32, got double: "),
        (partial(damage_images, "image_id", b"\xff"), "'image_id' must be string, got binary: "),
        (partial(damage_images, "bytes", "/9j/4AAQ"), "'bytes' must be binary, got string: "),
        (partial(damage_images, "bytes", {"bytes": b"x"}), "'bytes' must be binary, got struct<"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_run_and_is_in_the_report(
    damage, words, world, tmp_path
):
    data = world.write(tmp_path / "data")
    damage(data)
    with pytest.raises(InputError, match=re.escape(words)) as raised:
        validate(data, tmp_path / "clean", tmp_path / "quality", PARAMS)
    text = str(raised.value)
    assert len(text.splitlines()) <= 3
    assert text.startswith("data/")
    assert str(tmp_path) not in (tmp_path / "quality" / "report.json").read_text()
    result = json.loads((tmp_path / "quality" / "report.json").read_text())
    assert result["verdict"] == "fail"
    assert "Traceback" not in (tmp_path / "quality" / "index.html").read_text()


@pytest.mark.parametrize("time", [2**63 - 1, 2**62, 568_971_820_800_000_000, -(2**63) + 1])
def test_a_time_that_no_calendar_has_is_rejected_and_written_down(time, world, tmp_path):
    data, quality = world.write(tmp_path / "data"), tmp_path / "quality"
    for name, column in (("posts", "created_at"), ("follows", "followed_at")):
        table = pq.read_table(data / f"{name}.parquet")
        times = pa.array([time, *table[column].cast(pa.int64()).to_pylist()[1:]])
        place = table.column_names.index(column)
        times = times.cast(pa.timestamp("us", "UTC"))
        pq.write_table(table.set_column(place, column, times), data / f"{name}.parquet")
    validate(data, tmp_path / "clean", quality, PARAMS)
    for name in ("posts", "follows"):
        (reason,) = pq.read_table(quality / "quarantine" / f"{name}.parquet")["reason"].to_pylist()
        assert reason.startswith("plausible_time: ")


def test_binary_ids_that_are_text_are_read(world, tmp_path):
    data = world.write(tmp_path / "data")
    for part in (data / "images").iterdir():
        table = pq.read_table(part)
        table = table.set_column(0, "image_id", table["image_id"].cast(pa.binary()))
        pq.write_table(table, part)
    assert judge(read_delivery(data, PARAMS.max_image_pixels), PARAMS).verdict == "pass"


NUMBERS = {name: v for name, v in PARAMS.model_dump().items() if isinstance(v, int | float)}


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_without_end_is_refused(name):
    whole = isinstance(NUMBERS[name], int)
    for endless in (float("inf"), float("nan"), *([10**30] if whole else [])):
        with pytest.raises(ValidationError):
            ValidateParams(**PARAMS.model_dump() | {name: endless})
    with pytest.raises(ValidationError):
        DriftParams(**DRIFT.model_dump() | {"counts": (1.5, float("inf"))})


def test_numbers_at_their_bounds_can_be_used(look):
    bounds = {"max_gap_days": 36_525}
    for name in ("min_image_side", "few", "max_caption_length", "max_pictures", "language_sample"):
        bounds[name] = 10**9
    ValidateParams(**PARAMS.model_dump() | bounds)
    result, _ = look(**bounds, tolerate=0.9, max_rejected=1.0)
    assert "images.large_enough" in broken(result)


def test_a_column_that_nobody_reads_is_only_remarked(world, tmp_path):
    data = world.write(tmp_path / "data")
    users = pd.read_parquet(data / "users.parquet").assign(height=1)
    users.to_parquet(data / "users.parquet")
    judgement = judge(read_delivery(data, PARAMS.max_image_pixels), PARAMS)
    assert judgement.verdict == "pass"
    assert [f.rule.name for f in judgement.findings if not f.success] == ["no_extra_columns"]


def test_a_table_that_lost_records_on_the_way_is_told_by_its_count(world, tmp_path):
    data = world.write(tmp_path / "data")
    write_description(data, {"counts": {"users": 80, "posts": 161, "images": 160, "follows": None}})
    judgement = judge(read_delivery(data, PARAMS.max_image_pixels), PARAMS)
    (found,) = [f for f in judgement.findings if not f.success]
    assert found.rule.name == "counts_as_described"
    assert described(judgement, found).startswith("dataset.json counts 161 posts, there are 160")


NOON = pd.Timestamp("2024-03-01 12:00", tz="UTC")
CROWDS = {
    "posts.caption_own": spread_posts(caption=["Follow me and get 500 likes for free!"] * 21),
    "posts.times_differ": spread_posts(created_at=[NOON] * 21),
    "posts.time_of_day": lambda world: world.posts.update(
        {"created_at": world.posts["created_at"].iloc[:81].dt.normalize()}
    ),  # and of every 24 hours one is midnight
    "follows.times_differ": lambda world: world.follows.update(
        {"followed_at": pd.Series(world.follows["followed_at"][9], range(21))}
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", CROWDS)
def test_what_many_records_share_breaks_its_own_rule_in_each_of_them(rule, look, world):
    CROWDS[rule](world)
    result, error = look()
    assert error is None
    assert broken(result) == {rule}
    (entry,) = [entry for entry in result["expectations"] if not entry["success"]]
    assert entry["unexpected"] == (84 if rule == "posts.time_of_day" else 21)
    assert not entry["rejects"]


def test_every_rule_about_a_record_has_a_fault_that_breaks_it():
    about_records = {
        f"{rule.table}.{rule.name}"
        for rule in rules_for(PARAMS)
        if rule.fault and rule.table not in ("files", "clean") and "_accepted" not in rule.name
    }
    assert about_records == set(FAULTS) | set(CROWDS)


def test_what_few_records_share_breaks_no_rule(look, world):
    spread_posts(caption=["Follow me and get 500 likes for free!"] * 20)(world)
    spread_posts(created_at=[NOON] * 16)(world)
    result, _ = look()
    assert broken(result) == set()


def test_a_delivery_that_was_added_is_judged_with_the_rest(world, tmp_path):
    data = world.write(tmp_path / "data")
    users = pd.read_parquet(data / "users.parquet")
    users[:10].to_parquet(data / "users.parquet")
    users[10:].assign(height=1).to_parquet(data / "users-00001.parquet")
    judgement = judge(read_delivery(data, PARAMS.max_image_pixels), PARAMS)
    assert judgement.verdict == "pass"
    assert [f.rule.name for f in judgement.findings if not f.success] == ["no_extra_columns"]
    damage_truncated("users-00001.parquet", data)
    found = read_delivery(data, PARAMS.max_image_pixels).files
    assert (
        "users-00001.parquet cannot be read"
        in found.set_index("file").problem["users.parquet"].iloc[0]
    )
