"""Deliveries as their tools write them, of any size: what the tests and the benchmark import."""
