"""The sample world: made by code, with a known ground truth."""
