"""MMGA: one representation of a social-media user from the graph, the images and the texts.

A design consistent with the abstract of "Multimodal learning with Graph Alignment" (Yang et al.
2022, arXiv:2210.09946), whose full text is not public; it does not claim the paper's numbers.
"""

import os

__version__ = "0.1.0"

# The libraries read these when they are imported, so they are set before any of them can be.
# `setdefault`: whoever wants telemetry says so in the environment.
for _variable, _value in {
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "1",
    "ITERATIVE_DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}.items():
    os.environ.setdefault(_variable, _value)
