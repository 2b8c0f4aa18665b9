"""Losses: limits known on paper, then the definition written as loops."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmga.alignment.losses import (
    distance,
    info_nce,
    relational_kl,
    sampled_softmax,
    soft_info_nce,
)


def unit(rows: int, dim: int, seed: int) -> Tensor:
    return normalize(torch.randn(rows, dim, generator=torch.manual_seed(seed)), dim=1)


def test_views_that_say_nothing_cost_log_users() -> None:
    same = normalize(torch.ones(8, 4), dim=1)
    assert info_nce(same, same, temperature=0.1).item() == pytest.approx(math.log(8))
    uniform = torch.full((8, 8), 1 / 8)
    assert soft_info_nce(same, same, uniform, temperature=1.0).item() == pytest.approx(math.log(8))


@pytest.mark.parametrize("temperature", [0.05, 0.5, 2.0])
def test_perfect_views_cost_what_the_formula_says(temperature: float) -> None:
    views = torch.eye(5)
    expected = math.log(1 + 4 * math.exp(-1 / temperature))
    found = info_nce(views, views, temperature=temperature).item()
    assert found == pytest.approx(expected, abs=1e-6)


def test_info_nce_agrees_with_the_definition_written_as_loops() -> None:
    a, b = unit(6, 3, 1), unit(6, 3, 2)
    total = 0.0
    for i in range(6):
        forth = [math.exp(float(a[i] @ b[j]) / 0.2) for j in range(6)]
        back = [math.exp(float(a[j] @ b[i]) / 0.2) for j in range(6)]
        total += -math.log(forth[i] / sum(forth)) - math.log(back[i] / sum(back))
    assert info_nce(a, b, temperature=0.2).item() == pytest.approx(total / 12, rel=1e-5)


def test_the_order_of_things_and_of_views_does_not_matter() -> None:
    a, b = unit(7, 4, 3), unit(7, 4, 4)
    order = torch.randperm(7, generator=torch.manual_seed(5))
    loss = info_nce(a, b, temperature=0.3).item()
    assert info_nce(b[order], a[order], temperature=0.3).item() == pytest.approx(loss, rel=1e-5)


def test_other_posts_of_one_owner_are_no_negatives() -> None:
    a, b = unit(4, 3, 6), unit(4, 3, 7)
    owner = torch.tensor([0, 0, 1, 2])
    together = info_nce(a, b, temperature=0.5, owner=owner)
    worse = b.clone()
    worse[1] = a[0]  # would be a hard negative of row 0, were it not of the same owner
    kept = [0, 2, 3]
    alone = info_nce(a[kept], b[kept], temperature=0.5)
    first = -torch.log_softmax(a[:1] @ worse.T / 0.5 + torch.tensor([[0, -1e4, 0, 0]]), 1)[0, 0]
    first_alone = -torch.log_softmax(a[:1] @ b[kept].T / 0.5, 1)[0, 0]
    assert first.item() == pytest.approx(first_alone.item(), rel=1e-5)
    assert together.item() != pytest.approx(alone.item())


def test_the_sampled_softmax_over_everybody_is_the_softmax() -> None:
    scores = torch.randn(5, 9, generator=torch.manual_seed(8))
    own = torch.tensor([0, 3, 8, 2, 2])
    excluded = torch.zeros(5, 9, dtype=torch.bool)
    excluded[torch.arange(5), own] = True
    positive = scores[torch.arange(5), own]
    loss = sampled_softmax(scores, positive, excluded, torch.zeros(9))
    expected = torch.nn.functional.cross_entropy(scores, own)
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_known_neighbour_leaves_the_denominator() -> None:
    scores = torch.tensor([[5.0, 1.0, 0.0]])
    excluded = torch.tensor([[True, True, False]])
    loss = sampled_softmax(scores, torch.tensor([1.0]), excluded, torch.zeros(3))
    assert loss.item() == pytest.approx(math.log(1 + math.exp(-1)))


def test_the_log_q_correction_makes_up_for_drawing_half_of_the_candidates() -> None:
    """With equal scores, half the candidates counted twice are all the candidates."""
    scores = torch.zeros(1, 10)
    nobody = torch.zeros(1, 10, dtype=torch.bool)
    all_of_them = sampled_softmax(scores, torch.zeros(1), nobody, torch.zeros(10))
    half = sampled_softmax(
        scores[:, :5], torch.zeros(1), nobody[:, :5], torch.full((5,), math.log(0.5))
    )
    assert half.item() == pytest.approx(all_of_them.item())


def test_seeing_the_same_neighbours_costs_nothing_and_no_gradient_reaches_the_teacher() -> None:
    student, teacher = unit(6, 4, 9).requires_grad_(), unit(6, 5, 10).requires_grad_()
    assert relational_kl(student, student.detach(), temperature=0.1).item() == pytest.approx(0)
    loss = relational_kl(student, teacher, temperature=0.1)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() > 0
    assert student.grad is not None
    assert teacher.grad is None


def test_distance_goes_from_0_to_2() -> None:
    a = unit(3, 4, 11)
    assert distance(a, 5 * a).item() == pytest.approx(0, abs=1e-6)
    assert distance(a, -a).item() == pytest.approx(2)


def test_a_lone_row_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match="at least two rows"):
        info_nce(torch.ones(1, 3), torch.ones(1, 3), temperature=1.0)


def test_views_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        info_nce(torch.ones(2, 3), torch.ones(3, 3), temperature=1.0)
    with pytest.raises(ValueError, match="target must have shape"):
        soft_info_nce(torch.ones(2, 3), torch.ones(4, 3), torch.ones(2, 2), temperature=1.0)
