"""Every baseline that is made in seconds, as the stage `evaluate` compares with daily."""

from collections.abc import Sequence
from dataclasses import replace

from scipy.sparse import csr_array

from mmga.evaluation.baselines.degrees import Popularity, Reciprocity
from mmga.evaluation.baselines.factors import Factors, best_ridge, best_svd, ridge, svd
from mmga.evaluation.baselines.follows import train_follows
from mmga.evaluation.baselines.neighbours import (
    LENGTHS,
    AdamicAdar,
    CommonNeighbours,
    Jaccard,
    ResourceAllocation,
    Steps,
)
from mmga.evaluation.baselines.pagerank import PageRank, best_pagerank
from mmga.evaluation.baselines.profiles import TextProfile
from mmga.evaluation.baselines.validation import Validation
from mmga.evaluation.ranking import Scorer
from mmga.paths import Paths
from mmga.splits.split import Split


def baselines(
    split: Split,
    ranks: Sequence[int],
    restarts: Sequence[float],
    validation: Validation,
    seed: int,
    words: csr_array | None = None,
) -> list[Scorer]:
    """What needs no training, PageRank, SVD and ridge regression as validation likes them best.

    Args:
        split: Train follows to learn from.
        ranks: What the ranks of the truncated SVD and of the ridge regression are chosen among.
        restarts: What the PageRank's probability of starting again is chosen among.
        validation: Chooses, and keeps the record.
        seed: Where the iteration for the singular vectors starts.
        words: What users write, see `words_read`; where nobody does, no scorer reads it.
    """
    follows = train_follows(split)
    return [
        *_untuned(split),
        best_pagerank(follows, restarts, validation),
        best_svd(follows, ranks, validation, seed),
        best_ridge(follows, ranks, validation, seed),
        *([TextProfile(words, follows)] if words is not None and words.nnz else []),
    ]


def refitted(tuned: Sequence[Scorer], split: Split, seed: int) -> list[Scorer]:
    """All of them of other follows, with the settings that were chosen before.

    Args:
        tuned: Those of `baselines`; others among them are passed over.
        split: Train follows to learn from.
        seed: As of `baselines`.
    """
    follows = train_follows(split)
    found: list[Scorer] = []
    for scorer in tuned:
        match scorer:
            case PageRank() | TextProfile():
                found.append(replace(scorer, follows=follows))
            case Factors(name="svd"):
                found.append(svd(follows, scorer.rank, seed))
            case Factors(name="ridge"):
                found.append(ridge(follows, scorer.rank, seed))
    return [*_untuned(split), *found]


def _untuned(split: Split) -> list[Scorer]:
    follows = train_follows(split)
    return [
        Popularity(follows),
        Reciprocity(follows),
        CommonNeighbours(follows),
        Jaccard(follows),
        AdamicAdar(Paths(split.train, len(split.user_ids))),
        ResourceAllocation(follows),
        *(Steps(follows, length) for length in LENGTHS),
    ]
