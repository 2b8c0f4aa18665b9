"""The evaluation's names in plain words; a name that is not known here is shown as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from mmga.pages.render import shown

TASKS = {
    "fans": "Who will become a fan of an account?",
    "followees": "Whom will a user follow?",
}

USERS = {
    "warm": "users whose follows are known",
    "cold": "users new to the graph",
    "warm->cold": "known users who follow new ones",
    "cold->warm": "new users who follow known ones",
    "cold->cold": "new users who follow new ones",
}

CANDIDATES = {
    "C0": "among all users",
    "C1": "among users drawn by lot",
    "C2": "among users who are as popular",
    "C3": "among the users who are easiest to confuse",
}

CONTENT = {"image": "pictures", "text": "texts"}
"""What users post, by modality; a text is a caption or a bio."""

DECIDING = ("C0", "C2", "C3")
"""The candidates that say what is better; C1 is for comparison with other papers alone."""

SLICES = {
    "tail": "accounts with few fans",
    "torso": "accounts with some fans",
    "head": "accounts with many fans",
}

MODELS = {
    "mmga": ("MMGA", "the model of this report"),
    "mmga_without_paths": (
        "MMGA without paths",
        "the same model without its second stage, which counts paths of follows",
    ),
    "late_fusion": (
        "late fusion",
        "the same encoders of all that MMGA reads, side by side, without the alignment",
    ),
    "late_fusion_with_paths": ("late fusion with paths", "late fusion with the second stage, too"),
    "image_only": ("pictures only", "the same encoder of pictures, nothing else"),
    "text_only": ("captions only", "the same encoder of captions, nothing else"),
    "image_text": ("pictures and captions", "the same encoders of both, without the graph"),
    "graph_only": ("graph only", "the same encoder of the follow graph, nothing else"),
    "graph_only_with_paths": ("graph only with paths", "graph only with the second stage, too"),
    "image_text_contrast": (
        "pictures and captions, contrasted",
        "encoders of both, contrasted with each other, which then rest",
    ),
    "congrat": (
        "ConGraT",
        "encoders of captions and of the graph, contrasted with each other, which then rest",
    ),
    "sage_on_raw_features": (
        "GraphSAGE on raw features",
        "fixed descriptors of posts and of a user's place, spread over the follow graph",
    ),
    "popularity": ("popularity", "whoever follows, or is followed, most comes first"),
    "reciprocity": ("reciprocity", "whoever is followed already follows back"),
    "common_neighbours": ("common neighbours", "the number of users between the two"),
    "adamic_adar": ("Adamic-Adar", "users between the two; those who know few count more"),
    "resource_allocation": ("resource allocation", "as Adamic-Adar, but steeper"),
    "three_steps": ("three steps", "paths of three follows between the two"),
    "four_steps": ("four steps", "paths of four follows between the two"),
    "five_steps": ("five steps", "paths of five follows between the two"),
    "svd": ("SVD", "the matrix of follows, smoothed"),
    "text_profile": (
        "text profile",
        "words of one beside those of the other, of its fans and of its followees, untrained",
    ),
    "ridge": ("ridge regression", "whom those follow who share one's followees and fans"),
}
"""A model's name for people, and what it does."""

OUTCOMES = {
    "better": "better",
    "undecided": "no difference shown",
    "worse": "worse",
    "mixed": "better in part, worse in part",
}
"""What an interval says: above 0, around 0, below 0; `mixed` where candidates disagree."""


def told(config: Mapping[str, Any]) -> list[str]:
    """The modalities in which somebody has a post.

    Args:
        config: `config.json` of a model; one of before that was kept there knows both.
    """
    return [name for name in CONTENT if name in config.get("told", CONTENT)]


def listed(names: Sequence[str]) -> str:
    """Names in a row, as in a sentence.

    >>> listed(["follows"]), listed(["follows", "pictures", "captions"])
    ('follows', 'follows, pictures and captions')
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def model_name(name: str) -> str:
    """A model's name for people.

    >>> model_name("late_fusion_with_paths"), model_name("node_2_vec")
    ('late fusion with paths', 'node 2 vec')
    """
    return MODELS[name][0] if name in MODELS else name.replace("_", " ")


def slice_name(name: str) -> str:
    """A part of the test follows in plain words; a topic in it is text from outside.

    >>> slice_name("tail"), slice_name("topic food"), slice_name("posts 1-3")
    ('accounts with few fans', 'topic food', 'posts 1-3')
    """
    return SLICES.get(name) or shown(name, 60)


def named(words: dict[str, str], name: str) -> str:
    """A task, part or kind of candidates in plain words; itself where it is not known.

    >>> named(CANDIDATES, "C2"), named(CANDIDATES, "C9")
    ('among users who are as popular', 'C9')
    """
    return words.get(name, name.replace("_", " "))
