"""Tests of the flows, with real DVC and real Prefect on a tiny pipeline."""
