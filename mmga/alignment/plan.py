"""In which order the steps are run, for how long, and what moves in each."""

from dataclasses import dataclass, replace

from mmga.alignment import congrat, steps
from mmga.alignment.params import PretrainParams
from mmga.alignment.steps import Step
from mmga.modalities.features import MODALITIES

VIEWS: dict[str, frozenset[str]] = {
    "mmga": frozenset({"image", "text", "graph"}),
    "late_fusion": frozenset({"image", "text", "graph"}),
    "image_only": frozenset({"image"}),
    "text_only": frozenset({"text"}),
    "image_text": frozenset({"image", "text"}),
    "image_text_contrast": frozenset({"image", "text"}),
    "graph_only": frozenset({"graph"}),
    "congrat": frozenset({"text", "graph"}),
}
"""The views of a user that each model may have."""

CONTRASTS: dict[str, Step] = {
    "congrat": congrat.contrast,
    "image_text_contrast": steps.warm_up_content,
}
"""What rivals learn by that are told of follows only when their encoders rest."""

CONTENT = ("content", "content_roles", "projections.image", "projections.text", "log_temperature")
GRAPH = ("graph", "projections.graph", "log_temperature")
RANKING = ("roles", "fan_prior", "account_prior")
ROLES = (*RANKING, "cold")

ABOUT_POSTS = (steps.warm_up_content, steps.graph_to_content)
"""Steps that teach the content encoders and nobody else."""

SETTLE = "3 settle"
"""The last phase, in which the content encoders rest."""


@dataclass(frozen=True)
class Phase:
    """Some epochs of one step; a checkpoint boundary lies after each epoch."""

    name: str
    step: Step
    epochs: int
    content: bool
    """True: the content encoders move, and an epoch is a pass over the users. False: they rest,
    and an epoch is a pass over the train follows."""
    moves: tuple[str, ...]
    """The parts of the network that learn."""
    ranks: bool
    """The model can rank users after it, so an epoch of it may be the one that is kept."""
    pace: float = 1.0
    """What the learning rate is multiplied by."""


def views_of(model: str, told: frozenset[str]) -> frozenset[str]:
    """The views of a user that a model has where it is trained.

    Args:
        model: `mmga` or a rival.
        told: The modalities in which somebody has a post: no other is a view.
    """
    return VIEWS[model] - (frozenset(MODALITIES) - told)


def plan(
    model: str, params: PretrainParams, told: frozenset[str] = frozenset(MODALITIES)
) -> list[Phase]:
    """The phases of a model's training.

    After step 0 of content, which has a length of its own for rivals, a rival runs through the
    same phases, pass for pass, and learns to predict follows in each, but for those of `CONTRASTS`,
    which contrast their views until the last one: the same posts are read as often, and the same
    number of steps is made where a view moves (docs/decisions/equal-budget.md).

    Args:
        model: `mmga` or a rival.
        params: Says how long each phase is.
        told: The modalities in which somebody has a post. Where nobody has any, no time is spent on
            posts, and everything else is done in passes over the follows.
    """
    phases = [phase for phase in _alignment(params, model) if phase.epochs]
    if not told:
        phases = [_without_posts(phase) for phase in phases if phase.step not in ABOUT_POSTS]
    if model == "mmga":
        return phases
    if model in CONTRASTS:
        moving = [p for p in phases if p.content or p.name == SETTLE or "graph" in VIEWS[model]]
        return [_contrasted(phase, CONTRASTS[model]) for phase in moving]
    return [_without_alignment(phase, VIEWS[model], told) for phase in phases]


def _alignment(params: PretrainParams, model: str) -> list[Phase]:
    warm, first, second = params.warm_up, params.graph_to_content, params.content_to_graph
    paired = warm.content_epochs if model == "mmga" else warm.rival_content_epochs
    phases = [
        Phase("0 content", steps.warm_up_content, paired, True, CONTENT, False),
        Phase("0 graph", steps.link_only, warm.graph_epochs, False, (*GRAPH, *ROLES), True),
    ]
    for number in range(1, params.refine.rounds + 1):
        phases += [
            Phase(
                f"1 graph to content, round {number}",
                steps.graph_to_content,
                first.epochs,
                True,
                (*CONTENT, "fan_prior", "account_prior"),
                False,
            ),
            Phase(
                f"2 content to graph, round {number}",
                steps.content_to_graph,
                second.epochs,
                False,
                (*GRAPH, *ROLES),
                True,
            ),
        ]
    everything = tuple(dict.fromkeys((*CONTENT, *GRAPH, *ROLES)))
    settled = (*GRAPH, *ROLES)
    last, pace = params.refine, params.refine.pace
    settle = steps.content_to_graph if second.epochs else steps.settle
    return [
        *phases,
        Phase("3 refine", steps.refine, last.epochs, True, everything, True, pace),
        Phase(SETTLE, settle, last.settle_epochs, False, settled, True, pace),
    ]


def _without_posts(phase: Phase) -> Phase:
    """The phase where there is nothing that the content encoders could read."""
    if phase.step is not steps.refine:
        return phase
    return replace(phase, step=steps.settle, content=False, moves=(*GRAPH, *ROLES))


def _without_alignment(phase: Phase, views: frozenset[str], told: frozenset[str]) -> Phase:
    """The same passes over the same data with the link loss alone, after step 0 of content."""
    if phase.step is steps.warm_up_content and (views & told).issuperset(MODALITIES):
        return phase
    content = phase.content and views != {"graph"}
    moves = (*GRAPH, *ROLES) if not content else (*CONTENT, *GRAPH, *ROLES)
    return replace(
        phase,
        name=phase.name.split()[0] + " link",
        step=steps.link_only,
        content=content,
        moves=tuple(dict.fromkeys(moves)),
        ranks=True,
    )


def _contrasted(phase: Phase, contrast: Step) -> Phase:
    """The same passes with a contrast of views alone, until they rest and the roles are learned.

    Those are new in the last phase, so it does not slow down as one that improves on what is there.
    """
    if phase.name == SETTLE:
        return replace(phase, step=steps.link_only, moves=RANKING, pace=1.0)
    moves = (*CONTENT, *GRAPH) if phase.content else GRAPH
    return replace(
        phase,
        name=phase.name.split()[0] + " contrast",
        step=contrast,
        moves=tuple(dict.fromkeys(moves)),
        ranks=False,
    )
