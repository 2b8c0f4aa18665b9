"""One file a stage: read, call one function, write."""
