"""The leak audit: what was learned must not know what it is judged by."""
