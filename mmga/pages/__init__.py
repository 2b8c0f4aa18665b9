"""What the project's pages share: a look, drawings and thumbnails that need no network."""
