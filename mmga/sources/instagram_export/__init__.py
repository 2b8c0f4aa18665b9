"""What Instagram hands to people who ask for their data: follows with dates, and their posts."""

from mmga.sources.instagram_export.source import InstagramExport

__all__ = ["InstagramExport"]
