"""Each stage from the files it reads to the files it writes."""
