"""The Instagram Influencer Dataset (Kim et al., WWW 2020), from its archives or unpacked."""

from mmga.sources.influencers.source import Influencers

__all__ = ["Influencers"]
