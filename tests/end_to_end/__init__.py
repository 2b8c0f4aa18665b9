"""All parts together, on a small real project."""
