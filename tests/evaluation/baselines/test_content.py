"""Fixed descriptors of posts: what they tell apart, and what is missing."""

from dataclasses import replace

import numpy as np
import pytest

from mmga.evaluation.baselines.content import SHADES, THUMBNAIL, WIDTH, _looks, described
from mmga.modalities.features import Features, Modality

USERS = 30


def modality(folder, kind, values, **more):
    folder.mkdir()
    np.save(folder / "values.npy", values)
    return Modality(folder, kind, "revision", "content", **more)


@pytest.fixture
def features(tmp_path):
    """Two posts a user, each with a caption and a picture, but user 0 has none.

    Captions and pictures of odd users differ from those of even ones.
    """
    random = np.random.default_rng(0)
    posts = 2 * (USERS - 1)
    odd = (np.arange(posts) // 2 + 1) % 2
    tokens = random.integers(2, 12, (posts, 6)) + 10 * odd[:, None]
    tokens[:, 5] = -1
    shade = random.integers(0, 60, (posts, 3, 9, 9)) + 190 * odd[:, None, None, None]
    return Features(
        bounds=np.concatenate([[0], np.arange(0, posts + 1, 2)]),
        image=np.arange(posts),
        pictures=np.ones(posts, np.int64),
        text=np.arange(posts),
        modalities={
            "image": modality(tmp_path / "image", "pixels", shade.astype(np.uint8)),
            "text": modality(tmp_path / "text", "tokens", tokens.astype(np.int32), pad=1),
        },
    )


def without(features, *names):
    nobody = np.full_like(features.text, -1)
    changes = {"image": {"image": nobody, "pictures": 0 * nobody}, "text": {"text": nobody}}
    for name in names:
        features = replace(features, **changes[name])
    return features


def test_users_of_alike_posts_are_alike_in_each_modality(features):
    found = described(features, 0)
    assert found.shape == (USERS, 2 * (WIDTH + 1))
    assert np.isfinite(found).all()
    for part in (found[1:, :WIDTH], found[1:, WIDTH + 1 : -1]):
        units = part / np.linalg.norm(part, axis=1, keepdims=True)
        similar = units @ units.T
        odd = np.arange(1, USERS) % 2 == 1
        same = odd[:, None] == odd
        assert similar[same].mean() > similar[~same].mean() + 0.3


def test_who_has_no_post_gets_zeros_and_says_so(features):
    found = described(features, 0)
    assert not found[0].any()
    assert found[1:, WIDTH].all()
    assert found[1:, -1].all()


@pytest.mark.parametrize("gone", [("image",), ("text",), ("image", "text")])
def test_a_modality_that_nobody_has_is_a_column_of_zeros(features, gone):
    found = described(without(features, *gone), 0)
    assert found.shape == (USERS, 2 + WIDTH * (2 - len(gone)))
    assert np.isfinite(found).all()
    has = found[:, [0 if "image" in gone else WIDTH, -1]].any(axis=0)
    assert has.tolist() == ["image" not in gone, "text" not in gone]


def test_one_user_with_a_caption_is_not_described_by_it(features):
    few = features.text.copy()
    few[1:] = -1
    found = described(replace(features, text=few), 0)
    assert found[:, -1].tolist() == [0, 1, *[0] * (USERS - 2)]


def test_posts_that_may_not_be_read_have_no_say(features):
    rows = np.array([0, 1])
    values = {name: m.values.copy() for name, m in features.modalities.items()}
    for name, part in features.modalities.items():
        values[name][rows] = 5
        np.save(part.folder / "values.npy", values[name])
    pictures, image, text = features.pictures.copy(), features.image.copy(), features.text.copy()
    pictures[rows], image[rows], text[rows] = 0, -1, -1
    left = replace(features, pictures=pictures, image=image, text=text)
    fresh = {name: replace(part) for name, part in features.modalities.items()}
    changed = described(replace(left, modalities=fresh), 0)
    for name, part in features.modalities.items():
        values[name][rows] = 9
        np.save(part.folder / "values.npy", values[name])
    again = {name: replace(part) for name, part in features.modalities.items()}
    np.testing.assert_array_equal(changed, described(replace(left, modalities=again), 0))
    assert not changed[1].any()


def test_vectors_of_a_frozen_backbone_are_the_features(features, tmp_path):
    posts = len(features.text)
    vectors = np.random.default_rng(1).normal(size=(posts, 5)).astype(np.float16)
    vectors[1] = vectors[0]
    part = modality(tmp_path / "vectors", "vectors", vectors)
    found = described(replace(features, modalities={"image": part, "text": part}), 0)
    means = vectors.astype(float).reshape(-1, 2, 5).mean(axis=1)
    centred = means - means.mean(axis=0)
    # Principal components keep what lies between users, up to their scale.
    ours = found[1:, :4] @ found[1:, :4].T
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    theirs = (left * values)[:, :4] @ (left * values)[:, :4].T
    np.testing.assert_allclose(ours / ours.trace(), theirs / theirs.trace(), atol=1e-3)
    np.testing.assert_allclose(found[:, : WIDTH + 1], found[:, WIDTH + 1 :], atol=1e-4)


def test_the_same_seed_describes_alike(features):
    np.testing.assert_array_equal(described(features, 3), described(features, 3))


def test_a_picture_is_its_layout_and_its_colours():
    pixels = np.zeros((1, 3, 16, 16), np.uint8)
    pixels[0, 0, :, 8:] = 255
    found = _looks(pixels)[0]
    thumbnail = found[: 3 * THUMBNAIL**2].reshape(3, THUMBNAIL, THUMBNAIL) * THUMBNAIL
    np.testing.assert_allclose(thumbnail[0, :, :4], 0)
    np.testing.assert_allclose(thumbnail[0, :, 4:], 255 / 256)
    np.testing.assert_allclose(thumbnail[1:], 0)
    shares = found[3 * THUMBNAIL**2 :] ** 2
    black, red = 0, (SHADES - 1) * SHADES**2
    np.testing.assert_allclose(shares[[black, red]], 0.5, atol=1e-6)
    assert shares.sum() == pytest.approx(1)
