"""Three trainings that must come to nothing: where one sings, something is known that must not be.

They are short, and what they read is spoilt, each in its way. A training on what is not spoilt
stands beside them: where even that learns nothing, the silence of a canary tells nothing.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmga.alignment.fit import fit
from mmga.alignment.params import PretrainParams
from mmga.audit.params import AuditParams
from mmga.audit.verdicts import Canary, at_chance, gone
from mmga.audit.worlds import deal_anew, write_world
from mmga.disturb import rewired, shuffled_images
from mmga.fans import FanModel
from mmga.splits.split import Split

REWIRED = "train follows rewired, degrees kept: the graph tells no more than popularity does"
SHUFFLED = "pictures shuffled between users: pictures tell no more than popularity does"


def canaries(build: Path, trained: PretrainParams, params: AuditParams) -> Iterator[Canary]:
    """Train in a temporary folder and judge.

    Args:
        build: The folder of all stages.
        trained: What the model was trained with; the canaries are trained for fewer epochs.
        params: How many, and how sure the verdicts are.
    """
    split = Split.read(build / "splits")
    posts = pd.read_parquet(build / "features" / "posts.parquet")
    chance, short = np.random.default_rng(params.seed), _shortened(trained, params)
    pictures = bool((posts["pictures"] > 0).any())
    with tempfile.TemporaryDirectory(prefix="mmga-canaries-") as scratch:

        def train(name: str, posts: pd.DataFrame, seen: Split, models: Sequence[str]) -> Path:
            folder = Path(scratch) / name
            write_world(folder, build / "features", posts, seen)
            fit(
                folder / "features",
                folder / "splits",
                short.model_copy(update={"workers": min(short.workers, len(models))}),
                folder / "build",
                folder / "stores",
                models=models,
            )
            return folder / "build"

        dealt = deal_anew(split, chance)
        rivals = ["graph_only", "image_only"] if pictures else ["graph_only"]
        # The test part alone is spoilt here: the rivals are those of an honest training.
        honest = train("dealt", posts, dealt, ["mmga", *rivals])
        yield at_chance(FanModel.read(honest / "model"), dealt, params)
        for name, rule, rival, spoil in (
            ("rewired", REWIRED, "graph_only", rewired),
            ("shuffled", SHUFFLED, "image_only", shuffled_images),
        ):
            if rival not in rivals:
                yield Canary(f"canary: {rival}", rule, "skip", "there are no pictures")
                continue
            spoilt = train(name, *spoil(posts, split, chance), [rival])
            before, after = (FanModel.read(made / "rivals" / rival) for made in (honest, spoilt))
            yield gone(rule, rival, before, after, split, params)


def _shortened(trained: PretrainParams, params: AuditParams) -> PretrainParams:
    last = {"rounds": 1, "epochs": 0, "settle_epochs": 0}
    first, second = trained.graph_to_content, trained.content_to_graph
    return trained.model_copy(
        update={
            "warm_up": trained.warm_up.model_copy(update={"graph_epochs": params.graph_epochs}),
            "graph_to_content": first.model_copy(update={"epochs": params.taught_epochs}),
            "content_to_graph": second.model_copy(update={"epochs": params.guided_epochs}),
            "refine": trained.refine.model_copy(update=last),
        }
    )
