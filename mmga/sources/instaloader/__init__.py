"""What Instaloader leaves on disk: a folder a profile, with a JSON, pictures and texts a post."""

from mmga.sources.instaloader.source import Instaloader

__all__ = ["Instaloader"]
