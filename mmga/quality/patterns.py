"""What a record shows only beside others: spellings, repeats, moments, shares.

Every function takes whole columns and is a few passes over them, also of millions of records.
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pandas as pd

SHORT = 5
"""In topics with fewer letters a changed letter makes another word: cat, car."""

LONG = 64
"""A topic with more letters is a text, in which nobody looks for a slip."""

UNSEEN = r"^\s|\s$|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
"""White space at an end of an id, control characters, and characters that nobody sees."""

CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Control characters but tabs and line ends."""


def unclean(ids: pd.Series) -> pd.Series:
    """Where an id holds characters that a person cannot see."""
    return ids.astype("string").str.contains(UNSEEN, regex=True).fillna(False).astype(bool)


def garbled(texts: pd.Series) -> pd.Series:
    """Where a text was read with a wrong encoding, as ftfy tells it."""
    from ftfy.badness import BADNESS_RE

    found = texts.dropna().astype("string")
    found = found[~found.map(str.isascii).astype(bool)]
    bad = found.str.contains(BADNESS_RE) | found.str.contains("\ufffd", regex=False)
    return bad.astype(bool).reindex(texts.index, fill_value=False)


def controlled(texts: pd.Series) -> pd.Series:
    """Where a text holds control characters but tabs and line ends."""
    return texts.astype("string").str.contains(CONTROLS, regex=True).fillna(False).astype(bool)


def folded(texts: pd.Series) -> pd.Series:
    """Texts without what one does not see or hear: case, outer space, forms of a character."""
    return texts.astype("string").str.normalize("NFKC").str.strip().str.casefold()


def twins(ids: pd.Series) -> pd.Series:
    """An earlier id that differs only in case, outer space or form; missing where there is none."""
    one = ids.dropna().drop_duplicates()
    first = one.groupby(folded(one), sort=False).transform("first")
    others = one[first != one]
    return ids.map(dict(zip(others, first[others.index], strict=True))).astype(object)


def likely_spellings(topics: pd.Series, ratio: float) -> pd.Series:
    """The more frequent topic that a topic is a slip of; missing where it is none.

    Args:
        topics: A topic each user, or missing.
        ratio: Two topics one letter apart are one if the one has so many times the other's users.
    """
    counts = topics.value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    likely: dict[str, str] = {}
    leaders: dict[str, str] = {}
    for topic, fold in zip(counts.index, folded(counts.index.to_series()), strict=True):
        if fold in leaders:
            likely[topic] = leaders[fold]
        else:
            leaders[fold] = topic
    words = [fold for fold in leaders if len(fold) <= LONG]
    for fold, near in _one_letter_apart(words).items():
        more = [leaders[other] for other in near]
        best = max(more, key=lambda topic: int(counts[topic]))
        if counts[best] >= ratio * counts[leaders[fold]]:
            likely[leaders[fold]] = best
    return topics.map(likely).astype(object)


def _one_letter_apart(words: Iterable[str]) -> dict[str, set[str]]:
    """By word: the others that come of it by one letter more, less, swapped or changed."""
    whole = set(words)
    by_shape: dict[str, list[str]] = defaultdict(list)
    near: dict[str, set[str]] = defaultdict(set)
    for word in sorted(whole):
        for i in range(len(word)):
            shorter = word[:i] + word[i + 1 :]
            swapped = word[:i] + word[i + 1 : i + 2] + word[i] + word[i + 2 :]
            for other in ({shorter, swapped} - {word}) & whole:
                near[word].add(other)
                near[other].add(word)
            if len(word) >= SHORT:
                by_shape[f"{word[:i]}\0{word[i + 1 :]}"].append(word)
    for alike in by_shape.values():
        for word in alike if len(alike) > 1 else ():
            near[word].update(set(alike) - {word})
    return near


def repeated(captions: pd.Series, length: int, share: float, few: int) -> pd.Series:
    """Where a caption of `length` characters or more stands under a large share of the posts."""
    plain = folded(captions)
    plain = plain[plain.str.len().fillna(0) >= length]
    copies = plain.map(plain.value_counts())
    often = copies > max(few, share * len(captions))
    return often.astype(bool).reindex(captions.index, fill_value=False)


def same_moment(times: pd.Series, share: float, few: int) -> pd.Series:
    """Where a time, to the microsecond, is that of a large share of the dated records."""
    copies = times.map(times.value_counts()).fillna(0)
    return (copies > max(few, share * times.notna().sum())).astype(bool)


def midnight(times: pd.Series, share: float, few: int) -> pd.Series:
    """Where a time is midnight sharp, if that is so of a large share of the dated records."""
    sharp = (times.notna() & (times == times.dt.normalize())).astype(bool)
    often = bool(sharp.sum() > max(few, share * times.notna().sum()))
    return sharp if often else pd.Series(False, index=times.index)


def stray(times: pd.Series, plausible: pd.Series, days: int, few: int) -> pd.Series:
    """Where a plausible time lies more than `days` outside the middle nine tenths of them."""
    sound = times[plausible].sort_values()
    if len(sound) <= few:
        return pd.Series(False, index=times.index)
    twentieth, gap = len(sound) // 20, pd.Timedelta(days=days)
    first, last = sound.iloc[twentieth] - gap, sound.iloc[-1 - twentieth] + gap
    return plausible & ~times.between(first, last)


def share_of(owners: pd.Series, users: pd.Series, few: int) -> pd.Series:
    """The share of the records that each user has; missing where there are few records."""
    if len(owners) <= few:
        return pd.Series(np.nan, index=users.index)
    return users.map(owners.value_counts() / len(owners)).astype(float)
