"""Many trainings, with their seeds, ablations, controls and spoilt inputs, as tables."""
