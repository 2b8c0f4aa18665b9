"""Who is train, validation and test; no pair of users crosses over."""
