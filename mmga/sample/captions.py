"""A post's caption: its topic and niche, wrapped in wording that has nothing to do with the user.

No function here receives a style, a community or a picture, so no caption can tell of them.
"""

import numpy as np

from mmga.sample.niches import COMMON_TAGS, MOOD_EMOJI, NICHE_WORDS, TOPIC_EMOJI, TOPIC_TAGS
from mmga.sample.phrases import BIO_WORDS, PHRASES, Phrases

SAYS_TOPIC = 0.6
"""Share of the captions with a sentence about the topic."""

SAYS_NICHE = 0.7
"""Share of the captions with a sentence about the niche."""

MEAN_TAGS = 1.8
"""Mean number of hashtags."""

TAG_SHARES = {"niche": 0.45, "topic": 0.2, "common": 0.35}
"""What a hashtag tells of."""


def caption(topic: str, niche: int, language: str, chance: np.random.Generator) -> str:
    """What somebody writes under a post.

    Args:
        topic: What the post is about, one of `TOPICS`.
        niche: Which niche of the topic, from 0.
        language: One of `LANGUAGES`; hashtags and the words of niches are English in all.
        chance: For the wording, which has nothing to do with the user.
    """
    phrases = PHRASES[language]
    words = NICHE_WORDS[topic][niche].split()
    text = _sentences(topic, words, phrases, chance)
    text = text.lower() if chance.random() < 0.2 else text
    emoji = _emoji(topic, chance)
    tags = " ".join(f"#{tag}" for tag in _tags(topic, words, chance))
    return " ".join(part for part in (text, emoji, tags) if part) or _one(phrases.fillers, chance)


def bio(topic: str, chance: np.random.Generator) -> str:
    """What a user says of themselves: perhaps the topic, otherwise nothing of use."""
    said = [_one(BIO_WORDS, chance) for _ in range(chance.integers(1, 3))]
    if chance.random() < 0.5:
        said.append(_one(TOPIC_TAGS[topic].split(), chance))
    if chance.random() < 0.5:
        said.append(_one(TOPIC_EMOJI[topic] + MOOD_EMOJI, chance))
    return _one((" | ", " • ", ", ", "\n"), chance).join(dict.fromkeys(said))


def _sentences(topic: str, words: list[str], phrases: Phrases, chance: np.random.Generator) -> str:
    said = []
    if chance.random() < SAYS_TOPIC:
        word = _one(phrases.topics[topic].split(), chance)
        said.append(_one(phrases.about, chance).format(word))
    if chance.random() < SAYS_NICHE:
        said.append(_one(phrases.niche, chance).format(_one(words, chance)))
    if chance.random() < 0.45:
        said.append(_one(phrases.fillers, chance))
    chance.shuffle(said)
    if chance.random() < 0.3:
        said.insert(0, _one(phrases.openers, chance))
    text = " ".join(said)
    return text[:1].upper() + text[1:]


def _emoji(topic: str, chance: np.random.Generator) -> str:
    number = chance.choice(4, p=(0.4, 0.3, 0.2, 0.1))
    telling = chance.random(number) < 0.4
    return "".join(_one(TOPIC_EMOJI[topic] if told else MOOD_EMOJI, chance) for told in telling)


def _tags(topic: str, words: list[str], chance: np.random.Generator) -> list[str]:
    choice = {"niche": words, "topic": TOPIC_TAGS[topic].split(), "common": COMMON_TAGS.split()}
    number = min(chance.poisson(MEAN_TAGS), 6)
    kinds = chance.choice(list(TAG_SHARES), size=number, p=list(TAG_SHARES.values()))
    return list(dict.fromkeys(_one(choice[kind], chance) for kind in kinds))


def _one(choice: tuple[str, ...] | list[str] | str, chance: np.random.Generator) -> str:
    return choice[chance.integers(len(choice))]
