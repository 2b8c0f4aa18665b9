"""What each modality tells of a user, and what it cannot tell."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from mmga.sample.captions import caption
from mmga.sample.motifs import MOTIFS
from mmga.sample.niches import NICHE_WORDS, TOPIC_EMOJI, TOPIC_TAGS
from mmga.sample.people import LANGUAGES, NICHES, TOPICS
from mmga.sample.phrases import PHRASES
from mmga.sample.pictures import picture
from mmga.sample.world import World


def pixels(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as opened:
        return np.asarray(opened, dtype=float) / 255


def changed(world: World, **traits: object) -> World:
    return dataclasses.replace(world, people=dataclasses.replace(world.people, **traits))


def test_captions_know_neither_style_nor_community(world: World):
    other = changed(world, style=-world.people.style, community=world.people.community[::-1])
    assert [other.caption(i) for i in range(200)] == [world.caption(i) for i in range(200)]


def test_pictures_know_neither_niche_nor_language_nor_community(world: World):
    posts = dataclasses.replace(
        world.posts, niche=world.posts.niche[::-1], language=world.posts.language[::-1]
    )
    other = changed(world, community=world.people.community[::-1])
    other = dataclasses.replace(other, posts=posts)
    assert [other.picture(i) for i in range(50)] == [world.picture(i) for i in range(50)]


@pytest.mark.parametrize("axis", range(4))
def test_each_axis_of_style_shows_in_the_picture(axis: int):
    seen = {}
    for sign in (-1, 1):
        style = np.zeros(4)
        style[axis] = sign
        many = [pixels(picture("food", style, np.random.default_rng(i))) for i in range(40)]
        seen[sign] = np.mean([measures(one)[axis] for one in many])
    assert seen[1] > seen[-1] + 0.05


def measures(one: np.ndarray) -> tuple[float, ...]:
    """Warmth, brightness, colourfulness, and how bright the border is beside the middle."""
    inner = one[14:-14, 14:-14]
    border = np.concatenate([one[:2].ravel(), one[-2:].ravel()])
    colourful = (inner.max(axis=2) - inner.min(axis=2)).mean()
    warmth = inner[..., 0].mean() - inner[..., 2].mean()
    return warmth, inner.mean(), colourful, border.mean() - inner.mean()


def test_one_picture_says_less_of_its_user_than_eight_do():
    chance = np.random.default_rng(0)
    warm, cold = np.array([1.0, 0, 0, 0]), np.array([-1.0, 0, 0, 0])

    def warmth(style: np.ndarray, posts: int) -> float:
        shots = [pixels(picture("pet", style, chance)) for _ in range(posts)]
        return float(np.mean([measures(shot)[0] for shot in shots]))

    def right(posts: int) -> float:
        return float(np.mean([warmth(warm, posts) > warmth(cold, posts) for _ in range(40)]))

    assert 0.6 < right(1) < 1
    assert right(8) > right(1)


def test_a_caption_often_but_not_always_tells_the_niche():
    chance = np.random.default_rng(0)
    words = set(NICHE_WORDS["food"][2].split())
    said = [caption("food", 2, "en", chance).lower() for _ in range(500)]
    telling = np.mean([any(word in text for word in words) for text in said])
    assert 0.7 < telling < 0.95


def test_no_word_stands_in_two_niches():
    words = [word for topic in TOPICS for niche in NICHE_WORDS[topic] for word in niche.split()]
    assert len(words) == len(set(words)) == 9 * NICHES * 6


def test_every_topic_has_its_motifs_words_and_emoji_in_every_language():
    for known in (MOTIFS, NICHE_WORDS, TOPIC_TAGS, TOPIC_EMOJI):
        assert tuple(known) == TOPICS
    assert tuple(PHRASES) == LANGUAGES
    for phrases in PHRASES.values():
        assert tuple(phrases.topics) == TOPICS


def test_most_users_keep_to_one_language_but_not_always(world: World):
    own = world.posts.language == world.people.language[world.posts.user]
    assert 0.8 < own.mean() < 0.95


def test_no_caption_is_empty(world: World):
    texts = [world.caption(i) for i in range(len(world.posts))]
    assert all(text is None or text.strip() for text in texts)
    assert len(set(texts)) > 0.85 * len(texts)
