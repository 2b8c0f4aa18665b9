"""Which trainings the study is made of, and what each of them is to show."""

from dataclasses import dataclass, field, replace
from typing import Any

from mmga import disturb
from mmga.alignment.params import CONTRASTING, PretrainParams
from mmga.alignment.plan import VIEWS
from mmga.disturb import Spoil
from mmga.modalities.features import MODALITIES
from mmga.study.params import StudyParams

Changes = dict[str, Any]
"""Values of `params.yaml: pretrain` by their path, such as `refine.align`."""


ALPHAS = (0.0, 0.1, 0.2, 0.3)
"""Shares of a target that lie on soft neighbours, of which validation chooses."""


@dataclass(frozen=True)
class Experiment:
    """One way of training, to be run with some seeds."""

    name: str
    group: str
    """`main`, `step`, `ablation`, `control` or `robustness`."""
    shows: str
    """What it is there for, a phrase for the table."""
    models: tuple[str, ...]
    """Which of MMGA and its rivals are trained."""
    changes: Changes = field(default_factory=dict)
    spoil: Spoil | None = None
    about: tuple[str, ...] = ()
    """The modalities that it is about: where nobody has any of them it would show nothing."""
    pairs: bool = False
    """It is about posts with all modalities: where one is missing it would show nothing."""

    def params(self, params: PretrainParams, seed: int) -> PretrainParams:
        """The parameters of its training."""
        values = params.model_dump()
        for path, value in {**self.changes, "seed": seed}.items():
            *sections, key = path.split(".")
            place = values
            for section in sections:
                place = place[section]
            place[key] = value
        values["rivals"] = [model for model in self.models if model != "mmga"]
        return PretrainParams.model_validate(values)


def experiments(
    params: PretrainParams, told: frozenset[str] = frozenset(MODALITIES)
) -> list[Experiment]:
    """All that the data allow for; ablations differ from `full` in one thing each.

    Where nobody posts a picture, or writes, there is nothing to spoil, no model that reads nothing
    else, and none that contrasts it with what there is.

    Args:
        params: Of a training.
        told: The modalities in which somebody has a post.
    """
    contrasting = CONTRASTING if params.refine.settle_epochs else ()
    models = dict.fromkeys(("mmga", *params.rivals, "image_text", *contrasting))
    full = Experiment("full", "main", "the comparison", tuple(models))
    every = [full, *_steps(), *_ablations(params), *_controls(), *_robustness()]
    return [
        replace(one, models=tuple(name for name in one.models if told.issuperset(_needs(name))))
        for one in every
        if (told.issuperset if one.pairs else told.intersection)(one.about) or not one.about
    ]


def seeds_of(experiment: Experiment, study: StudyParams) -> tuple[int, ...]:
    """With which of the study's seeds an experiment is run."""
    counts = {
        "main": len(study.seeds),
        "step": study.ablation_seeds,
        "ablation": study.ablation_seeds,
        "control": study.control_seeds,
        "robustness": study.robustness_seeds,
    }
    return study.seeds[: counts[experiment.group]]


def _needs(model: str) -> frozenset[str]:
    """Without which modalities there is nothing to tell of a model that another does not tell."""
    views = VIEWS[model]
    return frozenset() if views.issuperset(MODALITIES) and "graph" in views else views - {"graph"}


def _steps() -> list[Experiment]:
    """The training stopped after each step, so that what it taught can be told."""
    end = {"refine.epochs": 0, "refine.settle_epochs": 0, "refine.rounds": 1, "keep": "last"}
    one = {**end, "content_to_graph.epochs": 0}
    none = {**one, "graph_to_content.epochs": 0}
    untaught = {f"graph_to_content.{loss}": 0.0 for loss in ("align", "neighbours", "relational")}
    unguided = {"content_to_graph.align": 0.0, "content_to_graph.relational": 0.0}
    every = [
        ("after_step_0", "stopped after step 0", none),
        ("step_1_without_graph", "stopped after a step 1 of image and text alone", one | untaught),
        ("after_step_1", "stopped after step 1", one),
        ("step_2_without_content", "stopped after a step 2 of follows alone", end | unguided),
        ("after_step_2", "stopped after step 2", end),
    ]
    return [
        Experiment(
            name,
            "step",
            shows,
            ("mmga",),
            changes,
            about=MODALITIES,
            pairs=changes == one | untaught,
        )
        for name, shows, changes in every
    ]


def _alpha(alpha: float) -> tuple[str, str, Changes, Spoil | None]:
    shows = f"{alpha:.0%} of a target on soft neighbours" if alpha else "no soft neighbours"
    return f"alpha_{alpha:g}", shows, {"graph_to_content.alpha": alpha}, None


def _ablations(params: PretrainParams) -> list[Experiment]:
    first, second, last = params.graph_to_content, params.content_to_graph, params.refine
    together = {
        "graph_to_content.epochs": 0,
        "content_to_graph.epochs": 0,
        "refine.epochs": last.rounds * first.epochs + last.epochs,
        "refine.settle_epochs": last.rounds * second.epochs + last.settle_epochs,
        "refine.pace": 1.0,  # nothing is there that it could be careful with
    }
    unaligned = {
        "graph_to_content.align": 0.0,
        "graph_to_content.relational": 0.0,
        "graph_to_content.image_text": 0.0,
        "content_to_graph.align": 0.0,
        "content_to_graph.relational": 0.0,
    }
    every_image, every_text = disturb.without("image", 1.0), disturb.without("text", 1.0)
    changes: list[tuple[str, str, Changes, Spoil | None]] = [
        (
            "paired_first",
            "pictures and captions find each other before the graph teaches them",
            {"warm_up.content_epochs": params.warm_up.content_epochs + 1},
            None,
        ),
        (
            "no_relational",
            "no relational loss in step 1",
            {"graph_to_content.relational": 0.0},
            None,
        ),
        (
            "no_votes",
            "what each content view by itself says of a pair is not part of the score",
            {"content_votes": 0.0},
            None,
        ),
        ("no_step_1", "the graph teaches nobody", {"graph_to_content.epochs": 0}, None),
        ("no_step_2", "content guides nobody", {"content_to_graph.epochs": 0}, None),
        ("no_step_3", "no refinement", {"refine.epochs": 0, "refine.settle_epochs": 0}, None),
        ("one_joint_step", "everything at once, as many passes", together, None),
        *(_alpha(alpha) for alpha in ALPHAS if alpha != first.alpha),
        ("sees_itself", "no masking of own content", {"graph_to_content.mask_own": False}, None),
        (
            "no_link_in_step_2",
            "alignment alone in step 2, and while step 3 settles",
            {"content_to_graph.link": 0.0},
            None,
        ),
        ("no_alignment", "the same steps with link losses alone", unaligned, None),
        ("one_role", "s(u, v) = s(v, u) but for the bias", {"roles": "one"}, None),
        ("no_image", "no picture is read", {}, every_image),
        ("no_text", "no caption is read", {}, every_text),
    ]
    about = {"no_image": ("image",), "no_text": ("text",), "one_role": ()}
    return [
        Experiment(name, "ablation", shows, ("mmga",), change, spoil, about.get(name, MODALITIES))
        for name, shows, change, spoil in changes
    ]


def _controls() -> list[Experiment]:
    return [
        Experiment(
            "other_users",
            "control",
            "follows of other users are learned: warm users must fall to chance",
            ("mmga", "graph_only"),
            spoil=disturb.permuted_test,
        ),
        Experiment(
            "rewired",
            "control",
            "degrees kept, ties drawn: what the graph tells beyond popularity must vanish",
            ("mmga", "graph_only"),
            spoil=disturb.rewired,
        ),
        Experiment(
            "shuffled_images",
            "control",
            "pictures of others: what images tell must vanish",
            ("mmga", "image_only"),
            spoil=disturb.shuffled_images,
            about=("image",),
        ),
    ]


def _robustness() -> list[Experiment]:
    return [
        *(
            _spoilt(
                f"{what}_missing_{share}",
                f"{share} % of the {what}s missing",
                disturb.without(modality, share / 100),
                (modality,),
            )
            for what, modality in (("caption", "text"), ("picture", "image"))
            for share in (10, 25, 50)
        ),
        _spoilt("half_the_follows", "50 % of the training pairs", disturb.thinned(0.5), ()),
        *(
            _spoilt(
                f"posts_{most}",
                f"{most} post{'s' * (most > 1)} a user",
                disturb.at_most(most),
                MODALITIES,
            )
            for most in (1, 4, 16)
        ),
    ]


def _spoilt(name: str, shows: str, spoil: Spoil, about: tuple[str, ...]) -> Experiment:
    models = ("mmga", "late_fusion")
    return Experiment(name, "robustness", shows, models, spoil=spoil, about=about)
