"""What may be called better: candidates, metrics, baselines, statistics, report."""
