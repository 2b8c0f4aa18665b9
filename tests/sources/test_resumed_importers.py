"""An import that was interrupted anywhere ends as if it had not been."""

import hashlib
from itertools import islice

import pytest

from mmga.sources.influencers import Influencers
from mmga.sources.instagram_export import InstagramExport
from mmga.sources.instaloader import Instaloader
from mmga.sources.loading.load import load
from mmga.sources.source import Unit
from tests.sources.trees import influencers, instagram_export, instaloader

SOURCES = {
    "instaloader": lambda folder: Instaloader(*instaloader.write_tree(folder, 200, flaws=True)),
    "instagram-export": lambda f: InstagramExport(instagram_export.write_tree(f, 200, flaws=True)),
    "influencers": lambda f: Influencers(influencers.write_tree(f, 200, "split", flaws=True)),
}


class Interrupted:
    """A source of which reading ends in the middle of a unit, or at a picture."""

    def __init__(self, source, unit=None, pictures=None):
        self.source, self.unit, self.left = source, unit, pictures

    def __getattr__(self, name):
        return getattr(self.source, name)

    def units(self):
        return [
            Unit(unit.name, self._ending(unit) if number == self.unit else unit.records)
            for number, unit in enumerate(self.source.units())
        ]

    def _ending(self, unit):
        def records():
            yield from islice(unit.records(), 1)
            raise KeyboardInterrupt

        return records

    def picture(self, place):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        return self.source.picture(place)


def digests(folder):
    return {
        file.relative_to(folder): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*.parquet")
    }


@pytest.mark.parametrize("name", SOURCES)
def test_an_import_goes_on_where_it_was(name, tmp_path):
    source = SOURCES[name](tmp_path / "raw")
    options = {"everyone": True, "makers": ("follow",)}
    whole = load(source, tmp_path / "whole", **options)
    units = len(source.units())
    for stop in ({"unit": 0}, {"unit": units // 2}, {"pictures": 0}, {"pictures": 150}):
        with pytest.raises(KeyboardInterrupt):
            load(Interrupted(source, **stop), tmp_path / "made", **options)
        assert not (tmp_path / "made").exists()
    again = load(source, tmp_path / "made", **options)
    assert (again.read, again.written, again.dropped) == (whole.read, whole.written, whole.dropped)
    assert digests(tmp_path / "made") == digests(tmp_path / "whole")
