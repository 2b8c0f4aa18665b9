"""The judge: metrics, baselines, statistics, the report."""
