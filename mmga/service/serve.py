"""How a registered model is served: MLflow's scoring server in this environment."""

import os
import sys
from pathlib import Path


def command(model: str, host: str, port: int) -> list[str]:
    """The command that serves a model; run it in `environment()`.

    Args:
        model: What to serve, as in `models:/mmga-fans@champion`. An alias is resolved once, when
            the server starts: a new champion is served after a restart.
        host: Address to listen on.
        port: Port to listen on.
    """
    serve = ["models", "serve", "--model-uri", model, "--host", host, "--port", str(port)]
    return [sys.executable, "-m", "mlflow", *serve, "--env-manager", "local"]


def environment() -> dict[str, str]:
    """The environment of the server, after `Project.anchor_stores`.

    MLflow starts `uvicorn` by its name: the folder of this Python comes first in the search path.
    Nothing of a model may be a pickle.
    """
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    return {
        **os.environ,
        "PATH": os.pathsep.join(path),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
