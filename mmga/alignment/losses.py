"""How far apart the views of users are, and how badly follows are predicted, as numbers."""

import torch
import torch.nn.functional as F
from torch import Tensor

MASKED = -1e4
"""A logit so low that it takes no part in a softmax, and still finite."""


def soft_info_nce(
    views: Tensor, others: Tensor, target: Tensor, *, temperature: float | Tensor
) -> Tensor:
    """InfoNCE of `views` against candidates `others`, with a row-stochastic target.

    With the identity as target this is one direction of CLIP's loss (Radford et al. 2021,
    arXiv:2103.00020, Figure 3).

    Args:
        views: Shape (n, dim), rows of length 1.
        others: The candidates, shape (m, dim), rows of length 1.
        target: Which candidates belong to each row, shape (n, m); rows sum to 1.
        temperature: Divides the cosine similarities; smaller is sharper.

    Returns:
        Mean cross-entropy in nats; log(m) when the views say nothing of each other.

    Raises:
        ValueError: If the shapes do not fit.
    """
    if target.shape != (len(views), len(others)):
        expected = (len(views), len(others))
        raise ValueError(f"target must have shape {expected}, got {tuple(target.shape)}")
    return F.cross_entropy(views @ others.T / temperature, target)


def info_nce(
    a: Tensor, b: Tensor, *, temperature: float | Tensor, owner: Tensor | None = None
) -> Tensor:
    """Symmetric InfoNCE between two views of the same things.

    Row `i` of `a` and of `b` show the same thing; every other row is a negative, unless it has the
    same owner: another post of one user is no negative of that user's post.

    Args:
        a: Shape (n, dim), rows of length 1.
        b: Shape (n, dim), rows of length 1.
        temperature: Divides the cosine similarities.
        owner: Whose each row is, shape (n,).

    Returns:
        Mean loss in nats, a scalar; log(n) when the views say nothing of each other.

    Raises:
        ValueError: If the shapes differ or there are fewer than two rows.
    """
    if a.shape != b.shape:
        raise ValueError(f"views must have one shape, got {tuple(a.shape)} and {tuple(b.shape)}")
    if len(a) < 2:
        raise ValueError(f"at least two rows are needed to contrast, got {len(a)}")
    similarity = a @ b.T / temperature
    if owner is not None:
        others = (owner[:, None] == owner) & ~torch.eye(len(a), dtype=torch.bool, device=a.device)
        similarity = similarity.masked_fill(others, MASKED)
    same = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(similarity, same) + F.cross_entropy(similarity.T, same)) / 2


def sampled_softmax(scores: Tensor, positive: Tensor, excluded: Tensor, log_q: Tensor) -> Tensor:
    """Cross-entropy of finding each row's positive among sampled candidates.

    The logQ correction (Bengio and Senecal 2008; Yi et al. 2019) makes the sampled loss an estimate
    of the full softmax.

    Args:
        scores: Of all candidates, shape (rows, candidates).
        positive: The score of each row's positive, shape (rows,).
        excluded: True for candidates that are no negatives of the row (its known positives).
        log_q: Log of the expected number of times that each candidate was drawn, shape
            (candidates,); 0 where every user is a candidate.

    Returns:
        Mean loss in nats, a scalar.
    """
    negatives = (scores - log_q).masked_fill(excluded, MASKED)
    everything = torch.cat([positive[:, None], negatives], dim=1)
    return (torch.logsumexp(everything, dim=1) - positive).mean()


def relational_kl(student: Tensor, teacher: Tensor, *, temperature: float) -> Tensor:
    """KL divergence from the teacher's similarities between users to the student's.

    Args:
        student: Shape (users, dim), rows of length 1.
        teacher: Shape (users, dim'), rows of length 1; no gradient flows into it.
        temperature: Divides the cosine similarities of both.

    Returns:
        Mean over users in nats, a scalar; 0 where both see the same neighbours.
    """
    own = torch.eye(len(student), dtype=torch.bool, device=student.device)
    ours = (student @ student.T / temperature).masked_fill(own, MASKED)
    theirs = (teacher @ teacher.T / temperature).masked_fill(own, MASKED).detach()
    return F.kl_div(
        ours.log_softmax(dim=1), theirs.log_softmax(dim=1), log_target=True, reduction="batchmean"
    )


def distance(a: Tensor, b: Tensor) -> Tensor:
    """Mean of 1 - cosine between the rows of `a` and of `b`: 0 (same direction) to 2."""
    return (1 - F.cosine_similarity(a, b, dim=-1)).mean()
