"""How the champion is served: MLflow's scoring server in this environment."""

import sys


def command(model: str, host: str, port: int) -> list[str]:
    """The command that serves a model; run it where `Project.anchor_stores` was called.

    Args:
        model: What to serve, as in `models:/mmga-fans@champion`. An alias is resolved once, when
            the server starts: a new champion is served after a restart.
        host: Address to listen on.
        port: Port to listen on.
    """
    serve = ["models", "serve", "--model-uri", model, "--host", host, "--port", str(port)]
    return [sys.executable, "-m", "mlflow", *serve, "--env-manager", "local"]
