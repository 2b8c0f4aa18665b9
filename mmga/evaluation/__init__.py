"""The judge: candidates, ranks, metrics, baselines, statistics. It does not know what it judges."""
