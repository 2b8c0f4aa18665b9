"""From clean posts to arrays."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from transformers import BertConfig, BertModel, CLIPConfig, CLIPModel

from mmga.errors import InputError
from mmga.modalities import texts
from mmga.modalities.extract import extract
from mmga.modalities.features import Features
from mmga.modalities.params import ExtractParams, ImageParams
from mmga.tables import read_table
from tests.tiny import EXTRACT, picture, write_clean, write_image_index


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_clean(folder)
    extract(folder / "build/clean", folder / "data", EXTRACT, folder / "features", folder / "store")
    return folder


def test_a_posts_pictures_are_the_ones_that_were_imported(folder: Path) -> None:
    posts = pd.read_parquet(folder / "features/posts.parquet")
    pixels = np.load(folder / "features/image/values.npy")
    for post in posts[posts["pictures"] > 0].itertuples():
        for position in range(post.pictures):
            number = int(post.post_id[1:])
            colour = pixels[post.image + position, :, 4, 4]
            assert colour.tolist() == [number * 2 % 256, position * 50, 128]


def test_posts_without_a_picture_or_a_caption_point_nowhere(folder: Path) -> None:
    posts = pd.read_parquet(folder / "features/posts.parquet").dropna(subset="post_id")
    number = posts["post_id"].str[1:].astype(int)
    assert ((posts["image"] == -1) == (number % 5 == 0)).all()
    assert ((posts["text"] == -1) == (number % 7 == 0)).all()


def test_a_caption_keeps_its_words(folder: Path) -> None:
    posts = pd.read_parquet(folder / "features/posts.parquet").dropna(subset="post_id")
    clean = pd.read_parquet(folder / "build/clean/posts.parquet").set_index("post_id")["caption"]
    reader = texts.Reader(folder / "features/text/backbone", EXTRACT.text)
    tokens = np.load(folder / "features/text/values.npy")
    written = posts[posts["text"] >= 0]
    expected = reader.read(clean[written["post_id"]].tolist())
    assert (tokens[written["text"]] == expected).all()


def test_a_users_posts_are_the_most_recent_ones_first(folder: Path) -> None:
    posts = pd.read_parquet(folder / "features/posts.parquet")
    clean = pd.read_parquet(folder / "build/clean/posts.parquet")
    users = pd.read_parquet(folder / "build/clean/users.parquet")["user_id"]
    for user, theirs in posts.dropna(subset="post_id").groupby("user"):
        all_theirs = clean[clean["user_id"] == users[user]].sort_values("created_at")
        recent = all_theirs["post_id"].tolist()[::-1][: EXTRACT.max_posts]
        assert theirs["post_id"].tolist() == recent
    assert posts.groupby("user").size().max() <= EXTRACT.max_posts


def test_the_store_changes_nothing_but_the_time(folder: Path, tmp_path: Path) -> None:
    clean, data = folder / "build/clean", folder / "data"
    extract(clean, data, EXTRACT, tmp_path / "again", folder / "store")
    extract(clean, data, EXTRACT, tmp_path / "fresh", tmp_path / "store")
    for file in sorted((tmp_path / "fresh").rglob("*.*")):
        name = file.relative_to(tmp_path / "fresh")
        assert file.read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_only_new_pictures_are_encoded(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_clean(tmp_path, posts=110)
    read: list[int] = []
    from mmga.modalities import images

    original = images.Reader.read
    monkeypatch.setattr(
        images.Reader,
        "read",
        lambda self, files: (read.append(len(files)), original(self, files))[1],
    )
    extract(
        tmp_path / "build/clean", tmp_path / "data", EXTRACT, tmp_path / "out", folder / "store"
    )
    fresh = {picture(n, p) for n in range(100, 110) for p in range(2)}
    assert 0 < sum(read) - 1 <= len(fresh)  # one more is the blank picture that tells the shape


def test_a_data_set_without_pictures_or_posts_goes_through(tmp_path: Path) -> None:
    write_clean(tmp_path)
    clean = tmp_path / "build" / "clean"
    for part in (tmp_path / "data/images").iterdir():
        part.unlink()
    write_image_index(tmp_path)
    posts = pd.read_parquet(clean / "posts.parquet")
    posts[:0].to_parquet(clean / "posts.parquet")
    extract(clean, tmp_path / "data", EXTRACT, tmp_path / "features", tmp_path / "store")
    features = Features.read(tmp_path / "features", 40)
    assert features.users == 40
    assert len(features.modalities["image"].values) == 0
    assert len(features.modalities["text"].values) == 14  # the bios


def test_a_frozen_local_model_gives_the_vectors_that_it_gives_by_itself(tmp_path: Path) -> None:
    write_clean(tmp_path)
    tokenizer = texts.train_tokenizer(["a caption or two"] * 9, 300)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2
    )
    model = BertModel(config).eval()
    model.save_pretrained(tmp_path / "bert")
    tokenizer.save_pretrained(tmp_path / "bert")
    text = {"model": str(tmp_path / "bert"), "frozen": True, "max_tokens": 20}
    params = ExtractParams.model_validate(EXTRACT.model_dump() | {"text": text})
    clean = tmp_path / "build/clean"
    extract(clean, tmp_path / "data", params, tmp_path / "features", tmp_path / "store")
    posts = pd.read_parquet(tmp_path / "features/posts.parquet")
    captions = pd.read_parquet(clean / "posts.parquet").set_index("post_id")["caption"]
    post = posts[posts["text"] >= 0].dropna(subset="post_id").iloc[3]
    inputs = tokenizer(captions[post["post_id"]], return_tensors="pt")
    ids = {key: inputs[key] for key in ("input_ids", "attention_mask")}
    with torch.no_grad():
        expected = model(**ids).last_hidden_state[0].mean(dim=0)
    values = np.load(tmp_path / "features/text/values.npy")
    assert values[post["text"]] == pytest.approx(expected.numpy(), abs=2e-3)


def test_a_two_tower_model_is_asked_for_its_vision_tower(tmp_path: Path) -> None:
    write_clean(tmp_path)
    tower = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = tower | {"image_size": 16, "patch_size": 8, "intermediate_size": 16}
    text = tower | {"vocab_size": 300, "intermediate_size": 16}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=12)
    CLIPModel(config).save_pretrained(tmp_path / "clip")
    from transformers import CLIPImageProcessorPil

    processor = CLIPImageProcessorPil(size={"shortest_edge": 16}, crop_size=16)
    processor.save_pretrained(tmp_path / "clip")
    image = {"model": str(tmp_path / "clip"), "frozen": True}
    params = ExtractParams.model_validate(EXTRACT.model_dump() | {"image": image})
    extract(tmp_path / "build/clean", tmp_path / "data", params, tmp_path / "f", tmp_path / "s")
    values = np.load(tmp_path / "f/image/values.npy")
    assert values.shape[1] == 12
    assert values.dtype == np.float16


def test_a_model_that_is_not_there_is_refused_with_the_way_out(tmp_path: Path) -> None:
    write_clean(tmp_path)
    image = {"model": str(tmp_path / "nowhere"), "frozen": True}
    params = ExtractParams.model_validate(EXTRACT.model_dump() | {"image": image})
    with pytest.raises(InputError, match=r"nowhere.*cannot be loaded"):
        extract(tmp_path / "build/clean", tmp_path / "data", params, tmp_path / "f", tmp_path / "s")


def test_an_untrained_model_cannot_be_frozen() -> None:
    with pytest.raises(ValueError, match="cannot be frozen"):
        ImageParams(frozen=True, config={"model_type": "resnet"})


def test_what_is_withheld_is_not_read(folder: Path, tmp_path: Path) -> None:
    clean, data = folder / "build/clean", folder / "data"
    pictures = pd.read_parquet(clean / "images.parquet")
    written = read_table(clean, "posts").dropna(subset=["caption"])
    shown = written[written["post_id"].isin(pictures["post_id"])]["post_id"]
    gone, blind = shown.iloc[0], shown.iloc[1]
    image = pictures.loc[pictures["post_id"] == blind, "image_id"].iloc[0]
    rows = [(gone, None, "after-cut"), (blind, image, "near-duplicate")]
    withheld = pd.DataFrame(rows, columns=["post_id", "image_id", "reason"])
    extract(clean, data, EXTRACT, tmp_path / "f", tmp_path / "s", withheld=withheld)
    before, after = (
        pd.read_parquet(made / "posts.parquet").dropna(subset=["post_id"]).set_index("post_id")
        for made in (folder / "features", tmp_path / "f")
    )
    assert gone not in after.index
    assert after.loc[blind, "pictures"] == before.loc[blind, "pictures"] - 1
    assert after.loc[blind, "text"] >= 0
    rest = before.index.intersection(after.index).difference([blind])
    pd.testing.assert_series_equal(after.loc[rest, "pictures"], before.loc[rest, "pictures"])
