"""Multi-step graph alignment: encoders, losses, batches, the steps, training."""
