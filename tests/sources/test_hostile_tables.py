"""Hostile deliveries as tables: none crashes, hangs, leaves the folder or loses a record.

`docs/hostile-input.md` names these tests.
"""

import gzip
import io
import os
import struct
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from mmga.errors import InputError
from mmga.sources.loading.dropped import dropped_file_of
from mmga.tables import read_images, read_table

ELSE = "is no UTF-8: name its encoding with --encoding; files in UTF-8 stay so"


@pytest.fixture
def pictured(desk):
    """Imports one picture of post p1, given its file's name or content; tells bytes or reason."""

    def take(content=None, name="x.jpg"):
        photos = desk.folder / "photos"
        if content is not None:
            (photos / name).write_bytes(content)
        desk.put("images", f"post_id,file\np1,1.jpg\np1,{name}\n")
        report = desk.take(image_folder=photos, replace=True)
        found = [row for _, _, batch in read_images(desk.out) for row in batch.to_pylist()]
        assert found[0]["image_id"] == "p1_0"
        assert report.read["images"] == 2
        if len(found) == 2:
            return found[1]["bytes"]
        (reason,) = report.dropped["images"]
        return reason

    return take


def drawn(image_format, mode="RGB", size=(24, 16), **options):
    stream = io.BytesIO()
    Image.new(mode, size).save(stream, image_format, **options)
    return stream.getvalue()


def opened(content):
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def refused(desk, said, **options):
    """The import is refused in words, makes nothing and leaves nothing."""
    before = sorted(desk.folder.rglob("*"))
    with pytest.raises(InputError, match=said) as error:
        desk.take(**options)
    assert len(str(error.value).splitlines()) <= 3
    there = {path for path in desk.folder.rglob("*") if path != desk.out.parent}
    assert sorted(there) == before


def dropped(desk, table):
    """The (key, reason) of each dropped record of a table."""
    import csv

    rows = csv.DictReader(io.StringIO(dropped_file_of(desk.out).read_text(), newline=""))
    return [(row["record"], row["reason"]) for row in rows if row["table"] == table]


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "a/../../secret.jpg", "./../photos/../secret.jpg"]
)
def test_a_path_that_climbs_out_of_the_folder_is_not_followed(pictured, desk, picture, name):
    (desk.folder / "secret.jpg").write_bytes(picture())
    (desk.folder / "photos" / "a").mkdir()
    assert pictured(name=name) == "the picture lies outside the image folder"


def test_an_absolute_path_is_not_followed(pictured, desk, picture):
    (desk.folder / "secret.jpg").write_bytes(picture())
    outside = "the picture lies outside the image folder"
    assert pictured(name=str(desk.folder / "secret.jpg")) == outside


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_out_of_the_folder_is_not_followed(pictured, desk, picture, kind):
    (desk.folder / "secret").mkdir()
    (desk.folder / "secret" / "x.jpg").write_bytes(picture())
    link = desk.folder / "photos" / "link"
    link.symlink_to(desk.folder / "secret" / ("x.jpg" if kind == "file" else ""))
    name = "link" if kind == "file" else "link/x.jpg"
    assert pictured(name=name) == "the picture lies outside the image folder"


def test_links_in_a_circle_and_names_that_are_too_long_end(pictured, desk):
    (desk.folder / "photos" / "loop").symlink_to(desk.folder / "photos" / "loop")
    assert pictured(name="loop") == "the picture cannot be read"
    assert "the picture" in pictured(name="a" * 5000)


def test_pipes_and_devices_as_pictures_are_not_opened(pictured, desk):
    os.mkfifo(desk.folder / "photos" / "pipe")
    assert pictured(name="pipe") == "the picture does not exist"
    (desk.folder / "photos" / "zero").symlink_to("/dev/zero")
    assert pictured(name="zero") == "the picture lies outside the image folder"


def test_a_picture_of_too_many_pixels_is_not_drawn(pictured):
    png = drawn("PNG")
    for side in (9_000, 20_000, 2**31 - 1):
        header = b"IHDR" + struct.pack(">II", side, side) + png[24:29]
        bomb = png[:12] + header + struct.pack(">I", zlib.crc32(header)) + png[33:]
        assert pictured(bomb) in (
            "the picture has too many pixels",
            "the picture cannot be decoded",
        )


def test_a_picture_file_of_too_many_bytes_is_not_read(pictured, desk):
    with (desk.folder / "photos" / "x.jpg").open("wb") as file:
        file.truncate(2**40)
    assert pictured() == "the picture is larger than 64 MiB"


def test_a_text_chunk_that_unpacks_to_gigabytes_is_cut_off(pictured):
    png = drawn("PNG")
    packed = zlib.compressobj(9)
    text = b"zTXtkey\0\0" + b"".join(packed.compress(bytes(2**20)) for _ in range(200))
    text += packed.flush()
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    assert pictured(png[:33] + chunk + png[33:]) in ("the picture cannot be decoded", png)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_truncated_picture_is_left_out(pictured, image_format):
    whole = drawn(image_format, size=(300, 200))
    assert pictured(whole[: len(whole) * 2 // 3]) == "the picture cannot be decoded"


def test_a_mislabelled_picture_is_read_as_what_it_is(pictured):
    assert pictured(drawn("PNG"), "x.jpg") == drawn("PNG")


@pytest.mark.parametrize("content", [b"<html>not found</html>", b"%!PS-Adobe-3.0 EPSF", b"\0" * 99])
def test_what_is_no_picture_is_left_out(pictured, content):
    assert pictured(content) == "the picture cannot be decoded"


def test_an_empty_file_is_left_out(pictured):
    assert pictured(b"") == "the picture is empty"


def test_of_an_animated_picture_the_first_frame_counts(pictured):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    still = opened(pictured(stream.getvalue()))
    assert still.format == "PNG"
    assert still.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_cmyk_picture_stays_as_it_is(pictured):
    assert opened(pictured(drawn("JPEG", "CMYK"))).mode == "CMYK"


def test_a_turned_picture_is_set_upright_and_its_exif_goes(pictured):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    content = pictured(drawn("JPEG", exif=exif))
    assert opened(content).size == (16, 24)
    assert b"a camera" not in content


def test_invalid_utf8_costs_the_record(desk):
    desk.put("posts", b"post_id,user_id,caption\np1,a,\xff\xfe\np2,b,x\n\xc3(,a,y\n")
    report = desk.take()
    assert read_table(desk.out, "posts").post_id.tolist() == ["p2"]
    assert report.read["posts"] == 3
    assert len(dropped(desk, "posts")) == 2


def test_a_record_of_another_length_is_told_whatever_its_bytes(desk):
    desk.put(
        "posts", b"post_id,user_id,caption\np1,a,\xff,x\np2,b,x\n\xc3(,a\np3,a,\xe7\x8c\np4,a,\xff"
    )
    desk.take()
    assert read_table(desk.out, "posts").post_id.tolist() == ["p2"]
    assert dropped(desk, "posts") == [
        ("", "the record has 4 values where the header has 3"),
        ("", "the record has 2 values where the header has 3"),
        *((post, f"caption {ELSE}") for post in ("p3", "p4")),
    ]


def test_control_characters_stay_and_a_nul_byte_costs_the_record(desk):
    desk.put(
        "posts", b'post_id,user_id,caption\np1,a,"\x01\x07\x1b[31m\r\n\xe2\x80\xae"\np2,a,\0\n'
    )
    desk.take()
    assert read_table(desk.out, "posts").caption.tolist() == ["\x01\x07\x1b[31m\r\n\u202e"]
    assert dropped(desk, "posts") == [("p2", "caption is no text (it has a NUL byte)")]


def test_bytes_of_another_encoding_are_called_so_and_the_way_out_is_named(desk):
    desk.put("users", b"user_id,topic\na,food\nb,caf\xe9\nc,\nd\xe9,\n\0,\n  ,\n")
    desk.take()
    assert dropped(desk, "users") == [
        (
            "b",
            f"topic {ELSE}",
        ),
        (
            "",
            f"user_id {ELSE}",
        ),
        ("", "user_id is no id (it is blank, a fraction, or has a NUL byte)"),
        ("", "user_id is no id (it is blank, a fraction, or has a NUL byte)"),
    ]
    desk.put("users", b"user_id,topic\na,food\nb,caf\xe9\nc,\nd\xe9,\n")
    assert "users" not in desk.take(replace=True, encoding="latin-1").dropped


def test_captions_of_100_kb_emoji_and_right_to_left_text_arrive_as_they_are(desk):
    captions = [
        "x" * 100_000,
        "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e6\U0001f1f9",
        "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
        "e\u0301",
    ]
    lines = "".join(f'p{n},a,"{caption}"\n' for n, caption in enumerate(captions))
    desk.put("posts", "post_id,user_id,caption\n" + lines)
    del desk.files["images"]
    desk.take()
    assert read_table(desk.out, "posts").caption.tolist() == captions


def test_of_records_with_the_same_id_the_first_is_kept(desk):
    desk.put("posts", "post_id,user_id,caption\np1,a,one\np1,b,two\np1,a,one\n")
    desk.take()
    assert read_table(desk.out, "posts").caption.tolist() == ["one"]
    assert dropped(desk, "posts") == [("p1", "the post_id came before")] * 2


def test_ids_that_differ_only_in_case_are_two(desk):
    desk.put("users", "user_id\na\nA\nb\nc\n")
    desk.put("follows", "follower_id,followee_id\na,A\nA,a\nb,A\n")
    assert desk.take().dropped == {}
    assert read_table(desk.out, "users").user_id.tolist() == ["a", "A", "b", "c"]


def test_references_to_nothing_cost_the_record(desk):
    desk.put("posts", "post_id,user_id\np1,a\np2,ghost\n")
    desk.put("follows", "follower_id,followee_id\na,b\na,ghost\nghost,a\n")
    desk.put("images", "post_id,file\np1,photos/1.jpg\np2,photos/1.jpg\np9,photos/1.jpg\n")
    desk.take()
    assert dropped(desk, "posts") == [("p2", "user_id is not in users")]
    assert dropped(desk, "follows") == [
        ("a ghost", "followee_id is not in users"),
        ("ghost a", "follower_id is not in users"),
    ]
    assert [reason for _, reason in dropped(desk, "images")] == ["post_id is not in posts"] * 2


def test_whoever_follows_himself_is_not_written(desk):
    desk.put("follows", "follower_id,followee_id\na,a\n a ,a\na,b\n")
    desk.take()
    assert dropped(desk, "follows") == [("a a", "the user follows itself")] * 2


@pytest.mark.parametrize("unit", [1, 1000])
def test_times_in_the_future_and_in_milliseconds_are_read_as_what_they_are(desk, unit):
    """Whether a time may be in the future is for `validate` to say."""
    times = [1_700_000_000, 1_700_000_001, 4_102_444_800]
    lines = "".join(f"p{n},a,{time * unit}\n" for n, time in enumerate(times))
    desk.put("posts", "post_id,user_id,created_at\n" + lines)
    del desk.files["images"]
    desk.take()
    assert [time.timestamp() for time in read_table(desk.out, "posts").created_at] == times


@pytest.mark.parametrize("kind", [pa.timestamp("ms"), pa.date32(), pa.timestamp("ns")])
def test_times_beyond_any_calendar_cost_the_time_and_not_the_record(desk, kind):
    whole = pa.int32() if kind == pa.date32() else pa.int64()
    most = 2**31 - 1 if kind == pa.date32() else 2**63 - 1
    times = pa.array([1, most, -most], whole).cast(kind)
    table = pa.table({"post_id": ["p1", "p2", "p3"], "user_id": ["a"] * 3, "created_at": times})
    pq.write_table(table, desk.folder / "p.parquet")
    desk.files["posts"] = desk.folder / "p.parquet"
    report = desk.take()
    assert report.read["posts"] == report.written["posts"] == 3
    lost = [] if kind == pa.timestamp("ns") else ["p2", "p3"]
    said = "created_at is no time: it is left empty"
    if lost:
        assert dropped(desk, "posts.created_at") == [(p, said) for p in lost]
    assert sum(read_table(desk.out, "posts").created_at.isna()) == len(lost)


def test_a_time_that_is_none_is_listed_and_its_post_and_follow_are_kept(desk):
    desk.put(
        "posts", "post_id,user_id,created_at\np1,a,2024-01-01\np2,b,soon\n,b,2024-01-03\np3,a,\n"
    )
    follows = "a,b,2024-01-01\nb,a,2024-13-45\nc,a,2024-01-02\n"
    desk.put("follows", "follower_id,followee_id,followed_at\n" + follows)
    report = desk.take()
    assert report.read == {"users": 3, "posts": 4, "follows": 3, "images": 2}
    assert report.written == {"users": 3, "posts": 3, "follows": 3, "images": 2}
    assert report.dropped == {
        "posts": {"post_id is missing": 1},
        "posts.created_at": {"created_at is no time: it is left empty": 1},
        "follows.followed_at": {"followed_at is no time: it is left empty": 1},
    }
    assert dropped(desk, "follows.followed_at") == [
        ("b a", "followed_at is no time: it is left empty")
    ]
    assert read_table(desk.out, "posts").created_at.isna().tolist() == [False, True, True]


@pytest.mark.parametrize("kind", ["float16", "float64", "dictionary"])
def test_a_number_that_is_none_is_no_value(desk, kind):
    """As pandas writes an empty cell among numbers."""
    numbers = pa.array([1.5, float("nan"), float("nan")], "float16" if "16" in kind else "float64")
    rare = numbers.dictionary_encode() if kind == "dictionary" else numbers
    time = pa.array([float("nan")] * 2 + [1_700_000_000.0])
    users = pa.table({"user_id": ["a", "b", "c"], "topic": rare, "bio": rare})
    ends = {"follower_id": ["a", "b", "c"], "followee_id": ["b", "c", "a"]}
    for name, table in (("users", users), ("follows", pa.table({**ends, "followed_at": time}))):
        desk.files[name] = desk.folder / f"{name}.parquet"
        pq.write_table(table, desk.files[name])
    assert desk.take().dropped == {}
    found = read_table(desk.out, "users")
    assert found[["topic", "bio"]].isna().values.tolist() == [[False] * 2, [True] * 2, [True] * 2]
    assert read_table(desk.out, "follows").followed_at.isna().tolist() == [True, True, False]


@pytest.mark.parametrize("kinds", [pa.nulls(3), pa.array(["follow", None, "follow"])])
def test_an_edge_without_a_kind_is_a_follow(desk, kinds):
    ends = {"follower_id": ["a", "b", "c"], "followee_id": ["b", "a", "a"]}
    desk.files["follows"] = desk.folder / "f.parquet"
    pq.write_table(pa.table({**ends, "kind": kinds}), desk.files["follows"])
    assert desk.take().dropped == {}
    assert read_table(desk.out, "follows").kind.tolist() == ["follow"] * 3


def test_a_truncated_parquet_file_is_refused(desk):
    file = desk.folder / "f.parquet"
    pq.write_table(pa.table({"follower_id": ["a"] * 999, "followee_id": ["b"] * 999}), file)
    whole = file.read_bytes()
    desk.files["follows"] = file
    for length in (len(whole) - 30, len(whole) // 2, 10, 4):
        file.write_bytes(whole[:length])
        refused(desk, "f.parquet cannot be read as Parquet")


def test_a_parquet_file_with_damaged_pages_is_refused(desk):
    file = desk.folder / "f.parquet"
    ids = [str(i) for i in range(5000)]
    pq.write_table(pa.table({"follower_id": ids, "followee_id": ids[::-1]}), file)
    whole = bytearray(file.read_bytes())
    whole[200:3000] = bytes(range(256)) * 10 + bytes(240)
    file.write_bytes(whole)
    desk.files["follows"] = file
    refused(desk, "f.parquet cannot be read as Parquet")


@pytest.mark.parametrize("content", ['"a,b\nc,d\n', 'a,b\n"c,d\ne,f\n', 'a,"b\nc,d\n', 'a,b\nc,"'])
def test_a_quote_that_is_never_closed_is_refused_with_the_number_of_its_record(desk, content):
    desk.put("follows", "follower_id,followee_id\n" + content)
    number = 1 if content.startswith(('"a', 'a,"')) else 2
    refused(desk, f"a quote that opens in record {number} is not closed")


def test_an_unclosed_quote_before_megabytes_is_refused_too(desk):
    desk.put("follows", 'follower_id,followee_id\na,b\n"c,d\n' + "e,f\n" * 6_000_000)
    refused(desk, "cannot be read as CSV")


def test_a_csv_that_unpacks_to_gigabytes_needs_no_memory(desk):
    packed = gzip.compress(b"follower_id,followee_id\na,b\n" + b"x" * 200_000_000, 1)
    (desk.folder / "f.csv.gz").write_bytes(packed)
    desk.files["follows"] = desk.folder / "f.csv.gz"
    refused(desk, "cannot be read as CSV")


def test_a_compressed_csv_that_breaks_off_is_refused(desk):
    lines = "".join(f"u{i},u{i * 7}\n" for i in range(20_000))
    packed = gzip.compress(f"follower_id,followee_id\n{lines}".encode())
    (desk.folder / "f.csv.gz").write_bytes(packed[: len(packed) // 2])
    desk.files["follows"] = desk.folder / "f.csv.gz"
    refused(desk, "cannot be read as CSV")


def test_pipes_and_devices_as_tables_are_refused(desk):
    from pathlib import Path

    os.mkfifo(desk.folder / "pipe")
    for file in (desk.folder / "pipe", Path("/dev/zero"), Path("/dev/null")):
        desk.files["follows"] = file
        refused(desk, "is no ordinary file")


def test_a_header_of_megabytes_is_refused(desk):
    desk.put("follows", "follower_id,followee_id," + "x" * 3_000_000 + "\na,b,c\n")
    refused(desk, "cannot be read as CSV")


def test_formulas_in_cells_stay_text(desk):
    desk.put("posts", "post_id,user_id,caption\np1,a,\"=cmd|' /C calc'!A0\"\n")
    desk.take()
    assert read_table(desk.out, "posts").caption.tolist() == ["=cmd|' /C calc'!A0"]


def test_a_folder_with_signs_of_patterns_in_its_name_is_taken_by_its_name(desk):
    out = desk.folder / "a[b]*?'c" / "data"
    assert desk.take(out).written["follows"] == 3
