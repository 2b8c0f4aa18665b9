"""What a model is compared with: each a scorer made of the train follows, tuned on validation."""
