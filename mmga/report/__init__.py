"""What a run has to say of its model: a page for people, and a model card."""
