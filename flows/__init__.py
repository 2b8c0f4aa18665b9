"""When the pipeline runs, for whom, and what if it fails."""
