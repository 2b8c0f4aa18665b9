"""The Instagram Influencer Dataset arrives from each of its forms, its flaws told one by one."""

import json
from collections import Counter
from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmga.errors import InputError
from mmga.sources.influencers import Influencers
from mmga.sources.influencers.listing import topic, users
from mmga.sources.influencers.mapping import row
from mmga.sources.influencers.positions import Positions
from mmga.sources.jsons import UnreadableError
from mmga.sources.lines import blocks
from mmga.sources.loading.load import load
from mmga.sources.members.catalogue import Catalogue
from mmga.sources.source import Edge, Picture, Post, Unusable, User
from mmga.tables import read_images, read_table
from tests.sources.trees.influencers import (
    BOM,
    HEADER,
    SEPARATOR,
    info,
    mapping_line,
    write_files,
    write_tree,
)
from tests.sources.trees.reading import of, records_of
from tests.sources.trees.shapes import ANY
from tests.sources.trees.world import START, Item, items_of, jpeg

ANN = Item(1, "ann", 1, START, "with @bob", ["bob"], ["bob"], 1)
MAPPING = "JSON-Image_files_mapping.txt"


@pytest.fixture
def root(tmp_path):
    """The texts of a small data set, without posts."""
    folder = tmp_path / "influencers"
    folder.mkdir()
    (folder / "influencers.txt").write_text(
        f"{BOM}{HEADER}{SEPARATOR}ann\tfood\t1\t1\t1\nbob\tpets\n"
    )
    (folder / MAPPING).write_text("influencer_name\tJSON\tImages\n")
    return folder


def put(root, item, content=None, line=None, pictures=True):
    """A post of the data set, unpacked; its bytes and its line are others where they are given."""
    add_line(root, mapping_line(item) if line is None else line)
    name = f"info/{item.owner}-{item.media_id}.info"
    files = {name: json.dumps(info(item)).encode() if content is None else content}
    if pictures:
        files[f"image/{item.owner}-{item.media_id}.jpg"] = jpeg(item.number)
    write_files(root, "", "loose", iter(files.items()))


def add_line(root, line):
    with (root / MAPPING).open("a", encoding="utf-8") as stream:
        stream.write(line)


def records(root):
    return records_of(Influencers(root))


@pytest.mark.parametrize("how", ["loose", "zip", "split", "tar", "tar.gz"])
def test_the_whole_data_set_arrives_from_each_of_its_forms(tmp_path, how):
    root = write_tree(tmp_path / "raw", 120, how)
    report = load(Influencers(root), tmp_path / "data", everyone=True, makers=("follow",))
    world = list(items_of(120))
    posts = read_table(tmp_path / "data", "posts").set_index("post_id")
    assert len(posts) == 120
    for item in world:
        assert posts.loc[str(item.media_id), "caption"] == item.caption
        assert posts.loc[str(item.media_id), "created_at"].timestamp() == item.when
    pictures = [p for _, _, batch in read_images(tmp_path / "data") for p in batch.to_pylist()]
    assert {(p["post_id"], p["position"]): p["bytes"] for p in pictures} == {
        (str(item.media_id), place): jpeg(item.number * 2 + place)
        for item in world
        for place in range(item.pictures)
    }
    assert report.dropped == {
        "posts": {"the post_id came before": 1},
        "images": {"the image_id came before": 1},
    }
    follows = read_table(tmp_path / "data", "follows")
    assert set(follows.kind) == {"mention", "tag"}
    assert set(read_table(tmp_path / "data", "users").topic) == {"fashion", "pet"}


def test_the_five_forms_give_the_same_records_in_the_same_order(tmp_path):
    forms = ("loose", "zip", "split", "tar", "tar.gz")
    found = [records(write_tree(tmp_path / how, 60, how)) for how in forms]
    assert all(other == found[0] for other in found[1:])


def test_categories_have_one_name_and_an_unknown_one_keeps_its_own():
    given = ["fasion", "Fashion", " pets ", "pet", "travel", "beauty", "Cars & Bikes", ""]
    expected = ["fashion", "fashion", "pet", "pet", "travel", "beauty", "Cars & Bikes", None]
    assert [topic(category) for category in given] == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{BOM}{HEADER}{SEPARATOR}ann\tfood\t1\t2\t3\n",
        f"{HEADER}------\t------\t---\nann\tfood\t1\t2\t3",
        "Category\tUsername\r\n======\t======\r\nfood\tANN\r\n\r\n",
        f"{BOM}\r\n\t\r\n---\nCategory\tUsername\nfood\tann\n",
        "ann\tfood\n",
    ],
)
def test_influencers_are_read_with_a_mark_a_separator_or_neither(root, text):
    (root / "influencers.txt").write_bytes(text.encode())
    assert [(u.user_id, u.topic) for u in of(User, records(root))] == [("ann", "food")]


def test_lines_that_hold_no_influencer_are_told():
    lines = [
        (1, "Username\tCategory"),
        (2, "===\t==="),
        (3, None),
        (4, "two words\tfood"),
        (5, "ann"),
        (6, "bob   food"),
    ]
    found = list(users(lines, "influencers.txt"))
    assert [(r.where, r.reason) for r in of(Unusable, found)] == [
        ("influencers.txt, line 3", "the line is no UTF-8, or too long"),
        ("influencers.txt, line 4", "the line holds no username"),
        ("influencers.txt, line 6", "the line has no tab: separate the columns by tabs"),
    ]
    assert [(u.user_id, u.topic) for u in of(User, found)] == [("ann", None)]


def test_a_header_behind_separators_counts_for_all_blocks_of_a_file(root, monkeypatch):
    def one_a_line(file, size=1):
        return blocks(file, 1)

    monkeypatch.setattr("mmga.sources.influencers.source.blocks", one_a_line)
    (root / "influencers.txt").write_text("\nCategory\tUsername\nfood\tann\npet\tbob\n")
    (root / MAPPING).write_text("\n=====\ninfluencer_name\tJSON\tImages\n")
    put(root, ANN)
    found = records(root)
    assert [(u.user_id, u.topic) for u in of(User, found)] == [("ann", "food"), ("bob", "pet")]
    assert len(of(Post, found)) == len(of(Picture, found)) == 1
    assert of(Unusable, found) == []


BROKEN = {
    "empty": (b"", "the info file is empty"),
    "no JSON": (b'{"id": ', "the info file is no valid JSON"),
    "no object": (b"[1]", "the info file is no post"),
    "nested deeply": (b"[" * 100_000, "the info file is nested too deeply"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_info_file_that_is_unusable_is_told_with_its_pictures(root, kind):
    put(root, ANN, BROKEN[kind][0])
    put(root, replace(ANN, number=2))
    found = records(root)
    assert len(of(Post, found)) == 1
    assert [(u.table, u.reason) for u in of(Unusable, found)] == [
        ("posts", BROKEN[kind][1]),
        ("images", "the info file of its post is unusable"),
    ]


def test_what_the_mapping_names_and_is_not_there_is_told(root):
    put(root, ANN, pictures=False)
    add_line(root, mapping_line(replace(ANN, number=2)))
    told = [(u.table, u.where, u.reason) for u in of(Unusable, records(root))]
    assert told == [
        ("images", f"{MAPPING}, line 2", "the picture is missing"),
        ("posts", f"{MAPPING}, line 3", "the info file is missing"),
        ("images", f"{MAPPING}, line 3", "the info file of its post is unusable"),
    ]


def test_what_is_there_and_the_mapping_does_not_name_is_read_or_told(root):
    put(root, ANN)
    put(root, replace(ANN, number=2), line="")
    write_files(
        root, "", "loose", iter([("image/ann-5.jpg", jpeg(5)), ("info/nobody.info", b"{}")])
    )
    found = records(root)
    assert [(p.user_id, p.post_id) for p in of(Post, found)] == [
        ("ann", str(ANN.media_id)),
        ("ann", str(replace(ANN, number=2).media_id)),
    ]
    assert len(of(Picture, found)) == 2
    assert {(u.table, u.where, u.reason) for u in of(Unusable, found)} == {
        ("images", "image/ann-5.jpg", "the mapping does not name the picture"),
        ("posts", "info/nobody.info", "the name does not say whose the post is"),
    }


@pytest.mark.parametrize("how", ["loose", "zip", "split"])
def test_no_file_is_lost_without_a_word(root, how):
    put(root, ANN)
    files = {
        "info/o'neil-4.info": json.dumps(info(ANN)).encode(),
        "image/o'neil-4.jpg": jpeg(4),
        "info/weird.txt": b"x",
        "info/.hidden.info": b"{}",
        "image/x.gif": b"GIF89a",
        "image/._ann-1.jpg": b"x",
    }
    write_files(root, "more", how, iter(files.items()))
    (root / "stray.z01").write_bytes(b"x")
    (root / ".git").mkdir()
    told = of(Unusable, records(root))
    where = "" if how == "loose" else "more.zip: "
    dot, foreign = "the file has a name that begins with a dot", "the file is none of the data set"
    assert {(u.table, u.where, u.reason) for u in told} == {
        ("posts", f"{where}info/o'neil-4.info", "the name does not say whose the post is"),
        ("images", f"{where}image/o'neil-4.jpg", "the info file of its post is unusable"),
        ("posts", f"{where}info/weird.txt", foreign),
        ("posts", f"{where}info/.hidden.info", dot),
        ("images", f"{where}image/x.gif", foreign),
        ("images", f"{where}image/._ann-1.jpg", dot),
        ("posts", "stray.z01", foreign),
        ("posts", ".git", dot),
    }
    assert len(told) == 8


def test_a_suffix_in_capital_letters_hides_no_file(root):
    add_line(root, "ann\t8.info\t['8.jpg', '9.JPG']\n")
    node = json.dumps(info(ANN)).encode()
    files = {"info/ann-8.INFO": node, "image/ann-8.JPG": jpeg(8), "image/ann-9.jpg": jpeg(9),
             "info/ann-7.Info": node, "image/ann-7.Jpg": jpeg(7)}  # fmt: skip
    write_files(root, "", "loose", iter(files.items()))
    source = Influencers(root)
    found = records_of(source)
    assert [post.post_id for post in of(Post, found)] == ["8", "7"]
    pictures = [source.picture(picture.place) for picture in of(Picture, found)]
    assert pictures == [jpeg(8), jpeg(9), jpeg(7)]
    assert of(Unusable, found) == []


def test_a_picture_that_the_mapping_gives_to_one_post_is_not_given_to_another(root):
    other = replace(ANN, number=2)
    pictures = [f"{ANN.media_id}.jpg", f"{other.media_id}.jpg"]
    put(root, ANN, line=f"ann\t{ANN.media_id}.info\t{pictures!r}\n")
    put(root, other, line="")
    found = records(root)
    assert len(of(Post, found)) == 2
    assert {p.post_id for p in of(Picture, found)} == {str(ANN.media_id)}
    assert of(Unusable, found) == []


def test_pictures_of_a_post_on_two_lines_are_counted_on_and_the_same_file_counts_once(
    root, monkeypatch
):
    monkeypatch.setattr("mmga.sources.influencers.source.BLOCK", 1)  # a unit a line
    post = ANN.media_id
    add_line(root, "".join(
        f"ann\t{info}.info\t{names!r}\n"
        for info, names in [
            (post, ["1.jpg", "2.jpg"]),
            (f"ann-{post}", ["2.JPG", "gone.jpg", "3.jpg"]),
            (8, ["2.jpg"]),
        ]
    ))  # fmt: skip
    node = json.dumps(info(ANN)).encode()
    files = {f"info/ann-{name}.info": node for name in (post, 8)}
    files |= {f"image/ann-{number}.jpg": jpeg(number) for number in (1, 2, 3)}
    write_files(root, "", "loose", iter(files.items()))
    load(Influencers(root), out := root.parent / "data", everyone=True, makers=("follow",))
    pictures = [p for _, _, batch in read_images(out) for p in batch.to_pylist()]
    assert {(p["post_id"], p["position"]): p["bytes"] for p in pictures} == {
        (str(post), 0): jpeg(1), (str(post), 1): jpeg(2), (str(post), 3): jpeg(3), ("8", 0): jpeg(2)
    }  # fmt: skip


def test_any_thread_may_be_the_last_to_hold_the_positions(root):
    held = [Positions(Catalogue(root, (".info",)), [])]
    thread = Thread(target=held.clear)
    thread.start()
    thread.join()
    assert held == []  # a fault in letting go is a warning, and so an error here


def test_without_a_mapping_posts_are_found_by_the_names_of_their_files(tmp_path):
    root = write_tree(tmp_path, 30, "zip")
    (root / MAPPING).unlink()
    found = records(root)
    assert {p.post_id for p in of(Post, found)} == {str(i.media_id) for i in items_of(30)}
    assert len(of(Picture, found)) == 30
    assert Counter(u.reason for u in of(Unusable, found)) == {
        "the mapping does not name the picture": sum(i.pictures - 1 for i in items_of(30))
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ann\t1.info\n", "has no three columns, separated by tabs"),
        ("\t1.info\t['1.jpg']\n", "holds no username"),
        ("ann\t1.info\t1.jpg\n", "holds no list of pictures"),
        ("ann\t1.info\t['1.jpg'\n", "holds no list of pictures"),
        ("ann\t1.info\t[__import__('os').system('true')]\n", "holds no list of pictures"),
        ("ann\t1.info\t" + "[" * 5000 + "]" * 5000 + "\n", "holds no list of pictures"),
        ("ann\t1.info\t['../../etc/passwd.jpg']\n", "names a file in another folder, or none"),
        ("ann\t1.info\t['/etc/passwd.jpg']\n", "names a file in another folder, or none"),
        ("ann\t../1.info\t['1.jpg']\n", "names a file in another folder, or none"),
        ("ann\t\t['1.jpg']\n", "names a file in another folder, or none"),
        ("ann\t1.info\t[" + "'1.jpg', " * 2000 + "]\n", "lists more than 1000 pictures"),
        ("ann\t1.info\t['" + "x" * 70_000 + "']\n", "is no UTF-8, or too long"),
    ],
)
def test_a_line_of_the_mapping_that_is_none_is_told(root, line, reason):
    put(root, ANN)
    add_line(root, line)
    found = records(root)
    assert len(of(Post, found)) == 1
    assert [u.reason for u in of(Unusable, found)] == [f"the line {reason}"]


def test_a_prefix_that_the_mapping_does_not_leave_out_is_no_hindrance(root):
    number = ANN.media_id
    put(root, ANN, line=f"ann\tann-{number}.info\t['ann-{number}.jpg']\n")
    found = records(root)
    assert [p.post_id for p in of(Post, found)] == [str(number)]
    assert [p.place for p in of(Picture, found)] == [f"ann-{number}.jpg"]
    assert of(Unusable, found) == []


def test_a_carousel_tags_people_in_each_of_its_pictures(root):
    node = info(replace(ANN, caption="", tags=[]))
    tag = {"edges": [{"node": {"user": {"username": "Bob"}}}]}
    node["edge_sidecar_to_children"] = {"edges": [{"node": {"edge_media_to_tagged_user": tag}}]}
    put(root, ANN, json.dumps(node).encode())
    assert [(e.follower_id, e.followee_id, e.kind) for e in of(Edge, records(root))] == [
        ("ann", "bob", "tag")
    ]


def test_links_and_members_that_lead_out_are_told_not_read(root, tmp_path):
    secret = tmp_path / "secret.info"
    secret.write_text(json.dumps(info(ANN)))
    put(root, ANN)
    (root / "info" / f"ann-{ANN.media_id}.info").unlink()
    (root / "info" / f"ann-{ANN.media_id}.info").symlink_to(secret)
    write_files(root, "evil", "zip", iter([("../../ann-2.info", b"{}")]))
    found = records(root)
    assert of(Post, found) == []
    assert {u.reason for u in of(Unusable, found) if u.table == "posts"} == {
        "the info file lies outside the folder",
        "the info file has a name that leads out of the archive",
    }


def test_what_is_no_such_data_set_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="is no folder"):
        Influencers(tmp_path / "nowhere").units()
    with pytest.raises(InputError, match=r"holds no influencers\.txt"):
        Influencers(tmp_path).units()
    root = write_tree(tmp_path, 30, "split")
    (root / "posts_info.z02").unlink()
    with pytest.raises(InputError, match="part 2"):
        Influencers(root).units()


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.text(st.characters(exclude_characters="'\\/\0"), min_size=1).filter(
    lambda name: name.strip() and name not in (".", "..")), max_size=5))  # fmt: skip
def test_a_list_is_read_as_python_writes_it(names):
    listed = "[" + ", ".join(f"'{name}'" for name in names) + "]"
    if "\t" not in listed:
        assert row(f"ann\t1.info\t{listed}").pictures == names


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.text(max_size=60) | st.text("ann\t1.info['\"],./\\", max_size=60))
def test_any_line_is_a_row_or_has_a_reason(line):
    try:
        found = row(line)
    except UnreadableError as reason:
        assert reason.args[0]  # noqa: PT017
    else:
        assert not any(sign in name for name in (found.json, *found.pictures) for sign in "/\\\0")


@settings(derandomize=True, deadline=None, max_examples=60)
@given(ANY, ANY)
def test_json_of_any_shape_is_a_post_or_is_told(tmp_path_factory, value, other):
    root = tmp_path_factory.mktemp("any")
    (root / "influencers.txt").write_text("ann\tfood\nbob\tpets\n")
    put(root, ANN, json.dumps(value).encode())
    shaped = {"edge_media_to_caption": other, "owner": value, "taken_at_timestamp": other}
    put(root, replace(ANN, number=2), json.dumps(shaped).encode())
    found = records(root)
    told = [u for u in of(Unusable, found) if u.table == "posts"]
    assert len(of(Post, found)) + len(told) == 2
