"""Image, text and graph: posts and follows become the arrays that a model reads."""
