"""What the `pretrain` stage may be told: sizes, steps and their losses."""

from typing import Literal

from pydantic import Field, model_validator

from mmga.project import Params

Rival = Literal[
    "late_fusion", "image_only", "text_only", "image_text", "graph_only", "image_text_contrast",
    "congrat",
]  # fmt: skip

CONTRASTING: tuple[Rival, ...] = ("image_text_contrast", "congrat")
"""Rivals that contrast views, and are told of follows at the end of step 3 alone."""

GraphEncoderName = Literal["relational", "sage", "gatv2", "sign"]


class Lora(Params):
    """Low-rank adapters on backbones that come with weights and are not frozen."""

    rank: int = Field(ge=0)
    """Of an adapter; 0: all weights of such a backbone are trained."""
    layers: int = Field(default=2, ge=1)
    """So many last layers of a backbone get adapters; nothing else of it is trained."""
    learning_rate: float = Field(default=0.0005, gt=0)
    """Of the adapters."""


class WarmUp(Params):
    """Step 0: each modality on its own."""

    content_epochs: int = Field(ge=0)
    """Passes over the users of MMGA, for the image-text loss."""
    rival_content_epochs: int = Field(default=1, ge=0)
    """The same of rivals; the link loss takes their place where a rival has no such pair."""
    graph_epochs: int = Field(ge=0)
    """Passes over the train edges, for the link loss."""


class GraphToContent(Params):
    """Step 1: the graph teaches the image and the text encoder."""

    epochs: int = Field(ge=0)
    """Passes over the users in one round."""
    alpha: float = Field(ge=0, le=1)
    """Share of a user's target that lies on the soft neighbours; 0: the user alone."""
    align: float = Field(ge=0)
    """Weight of the soft-target InfoNCE to the graph teacher."""
    neighbours: float = Field(ge=0)
    """Weight of the link loss of each content view alone (followees are positives)."""
    relational: float = Field(default=0.0, ge=0)
    """Weight of the KL divergence between graph and content similarities."""
    image_text: float = Field(ge=0)
    """Weight of the image-text InfoNCE of posts."""
    anchor: float = Field(ge=0)
    """Weight of the distance to the encoders' state before the step."""
    mask_own: bool = True
    """The teacher does not see the content of the users whom it teaches."""


class ContentToGraph(Params):
    """Step 2: images and texts guide the graph encoder."""

    epochs: int = Field(ge=0)
    """Passes over the train edges in one round."""
    masked: float = Field(ge=0, lt=1)
    """Share of the users whose own content the graph encoder does not see."""
    align: float = Field(ge=0)
    """Weight of the InfoNCE to each content teacher."""
    relational: float = Field(ge=0)
    """Weight of the KL divergence between content and graph similarities."""
    link: float = Field(default=1.0, ge=0)
    """Weight of the link loss."""


class Refine(Params):
    """Step 3: rounds of steps 1 and 2, then everything together."""

    rounds: int = Field(ge=1)
    """How often steps 1 and 2 are run, the first time included."""
    epochs: int = Field(ge=0)
    """Passes over the users, everything together."""
    settle_epochs: int = Field(ge=0)
    """Passes over the train edges at the end: the graph encoder and the roles, content at rest."""
    pace: float = Field(default=1.0, gt=0, le=1)
    """What the learning rate is multiplied by in step 3, which improves on what is there."""
    modality_dropout: float = Field(ge=0, lt=1)
    """Share of the users whose images, or texts, are hidden in a batch."""
    graph_dropout: float = Field(ge=0, lt=1)
    """Share of the users who are treated as cold in a batch."""
    align: float = Field(ge=0)
    """Weight of the losses of step 1 beside the link loss."""
    distil: float = Field(ge=0)
    """Weight of the cold-start distillation."""


class SecondStage(Params):
    """After the training: what the paths between two users count beside their vectors."""

    follows: int = Field(ge=0)
    """At most so many validation follows are learned from; 0: there is no second stage."""
    candidates: int = Field(ge=1)
    """Users among whom the right one is to be found; all of them where there are fewer."""
    popularity: float = Field(default=0, ge=0, le=1)
    """Candidates count by this power of their degree: 0 as in a ranking of all users, 1 as among
    those who are as popular as the right one."""
    rank: int = Field(default=0, ge=0)
    """Of the adjacency that tells a follow from all others; 0: there is none."""


class PretrainParams(Params):
    """How the graph, image and text encoders are trained into one representation."""

    seed: int
    """Of initial weights, batches and masks."""
    dim: int = Field(ge=2)
    """Length of each modality's vector of a user."""
    posts_per_user: int = Field(ge=1)
    """Posts of a user drawn anew in each training batch."""
    users_per_batch: int = Field(ge=2)
    """Users contrasted with one another in one step that moves the content encoders."""
    most_users_per_batch: int | None = Field(default=None, ge=2)
    """So many where a pass over more users would have more than `steps_per_pass` steps, at most;
    their posts are held in memory at once. None: it is always `users_per_batch`."""
    edges_per_batch: int = Field(ge=1)
    """Most follows predicted in one step, unless a pass would have too many of them."""
    steps_per_pass: int = Field(default=64, ge=1)
    """Of a pass; where there are more users or train follows each step reads, or predicts, more of
    them: it passes messages over the whole graph, however few they are."""
    supervision: float = Field(gt=0, lt=1)
    """Share of the train follows that are predicted, and hidden from the messages, in one step."""
    candidates: int = Field(ge=2)
    """Users among whom the right one is to be found; all of them where there are fewer."""
    hard: int = Field(default=0, ge=0)
    """Users close in the graph to those who ask, who join the candidates; 0: none."""
    structure: int = Field(ge=1)
    """Rank of the singular vectors that describe a user's place in the graph."""
    neighbours: int = Field(ge=1)
    """Soft neighbours of a user, by personalised PageRank."""
    learning_rate: float = Field(gt=0)
    """Of networks trained from scratch."""
    backbone_learning_rate: float = Field(gt=0)
    """Of backbones that come with weights."""
    weight_decay: float = Field(ge=0)
    """Of AdamW (Loshchilov and Hutter 2019)."""
    checkpoint_seconds: float = Field(ge=0)
    """Training time between two checkpoints: what a killed run loses at most, and an epoch."""
    workers: int = Field(ge=1)
    """Models (MMGA and its rivals) trained side by side, each in a process of its own."""
    threads: int = Field(ge=1)
    """Processor threads of one model; another number may change the last digits of a result."""
    roles: Literal["two", "one"] = "two"
    """`two`: a user is one vector as a fan and another as an account. `one`: the same as both, so
    that s(u, v) and s(v, u) differ by the bias alone."""
    content_votes: float = Field(default=0.0, ge=0)
    """What each content view by itself, as step 1 taught it to tell who follows whom, counts in the
    score beside all views together; 0: nothing."""
    graph_encoder: GraphEncoderName = "relational"
    """`relational`: GraphSAGE with weights of its own for followees and for fans. `sage`, `gatv2`:
    layers of PyTorch Geometric along follows and against them. `sign`: means over walks."""
    lora: Lora = Lora(rank=0)
    keep: Literal["best", "last"] = "best"
    """Which epoch is kept: the best by validation, or the last (of a training that is stopped after
    a step that does not rank, to see what it taught)."""
    rivals: tuple[Rival, ...]
    """Baselines trained at the same budget, for the evaluation."""
    warm_up: WarmUp
    graph_to_content: GraphToContent
    content_to_graph: ContentToGraph
    refine: Refine
    second_stage: SecondStage = SecondStage(follows=0, candidates=1)

    @model_validator(mode="after")
    def _learns_to_rank(self) -> "PretrainParams":
        last = self.refine.epochs + self.refine.settle_epochs
        if not self.warm_up.graph_epochs + self.content_to_graph.epochs + last:
            raise ValueError(
                "every step that learns to rank is switched off: one of warm_up.graph_epochs, "
                "content_to_graph.epochs, refine.epochs, refine.settle_epochs must be above 0"
            )
        late = [rival for rival in CONTRASTING if rival in self.rivals]
        if late and not self.refine.settle_epochs:
            raise ValueError(
                f"{' and '.join(late)} would learn to rank at the end of step 3 alone: "
                "refine.settle_epochs must be above 0, or rivals go without"
            )
        return self
