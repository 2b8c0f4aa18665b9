"""Who follows whom, and why: the affinity between two users, and the network that grows from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from mmga.progress import track
from mmga.sample.chance import generator
from mmga.sample.people import DAYS, NICHES, Floats, Ints, People

WEIGHTS = {
    "popularity": 0.75,  # a standard deviation of log appeal
    "topic": 1.0,  # the same topic
    "style": 2.2,  # cosine of the styles, from -1 to 1
    "niche": 2.8,  # cosine of the niche shares, 0 for different topics
    "community": 3.0,  # the same community
    "closure": 1.0,  # log(1 + followees of the fan who follow the account)
    "reciprocity": 2.8,  # the account follows the fan already
}
"""What makes u follow v: log odds per unit of each term; chance is a standard Gumbel on top."""

WAVES = 8
"""Quarters in which the network grows; closure and reciprocity see the waves before."""

EXACT_USERS = 4_000
"""Up to so many users everyone chooses among all; in larger worlds among those they come across."""

MET = {
    "community": 32,
    "topic": 40,
    "niche": 24,
    "popular": 128,
    "anyone": 192,
    "friends": 64,
    "fans": 32,
}
"""How many accounts a user of a large world comes across in one wave, and through what."""

BLOCK = 2**21
"""Pairs that are scored at once, so that memory stays flat."""


@dataclass(frozen=True)
class Follows:
    """The follows in the order of their dates; row i of each array is one follow."""

    fan: Ints
    account: Ints
    day: Floats
    """Days since the history's start."""
    closure: Floats
    """Followees of the fan who followed the account when the wave began."""
    reciprocity: NDArray[np.bool_]
    """Whether the account followed the fan when the wave began."""

    def __len__(self) -> int:
        return len(self.fan)


def terms(people: People, fan: Ints, account: Ints) -> dict[str, Floats]:
    """What draws `fan` to `account` before the network has its say, by name, without weights.

    Args:
        people: The users.
        fan: User numbers, of any shape that broadcasts with `account`.
        account: User numbers.

    Returns:
        popularity, topic, style, niche, community: arrays of the broadcast shape.
    """
    same_topic = people.topic[fan] == people.topic[account]
    niche = people.niche / np.sqrt((people.niche**2).sum(axis=1, keepdims=True))
    return {
        "popularity": people.popularity[account] + np.zeros(fan.shape),
        "topic": same_topic.astype(np.float64),
        "style": _inner(people.style, fan, account),
        "niche": same_topic * _inner(niche, fan, account),
        "community": (people.community[fan] == people.community[account]).astype(np.float64),
    }


def affinity(people: People, fan: Ints, account: Ints) -> Floats:
    """The weighted sum of `terms`: log odds of following, up to a constant of the fan."""
    return sum(
        (WEIGHTS[name] * term for name, term in terms(people, fan, account).items()),
        np.zeros(1),
    )


def grow(people: People, seed: int) -> Follows:
    """Grow the network wave by wave.

    In each wave a user who has joined follows some more accounts that have joined, drawn without
    replacement with odds exp(affinity + closure + reciprocity) (Gumbel top-k).
    """
    users = len(people)
    quota = _quota(people, seed)
    found: list[tuple[Ints, ...]] = []
    network = sparse.csr_array((users, users), dtype=np.float64)
    for wave in track(range(WAVES), "follows", unit="quarter"):
        new = _wave(people, network, quota[:, wave], wave, seed)
        found.append(new)
        ones = np.ones(len(new[0]))
        network = network + sparse.csr_array((ones, (new[0], new[1])), shape=(users, users))
    fan, account, closure, reciprocity, wave_of = map(np.concatenate, zip(*found, strict=True))
    day = (wave_of + generator(seed, "follow days").random(len(fan))) * DAYS / WAVES
    order = np.lexsort((account, fan, day))
    return Follows(
        fan[order], account[order], day[order], closure[order], reciprocity[order].astype(bool)
    )


def _inner(rows: Floats, a: Ints, b: Ints) -> Floats:
    """Inner products of rows, summed axis by axis: the same bits whatever the thread count."""
    total = rows[a, 0] * rows[b, 0]
    for axis in range(1, rows.shape[1]):
        total = total + rows[a, axis] * rows[b, axis]
    return np.asarray(total)


def _first_wave(people: People) -> Ints:
    """The first wave that begins after the user joined."""
    return np.ceil(people.joined / (DAYS / WAVES)).astype(np.int64)


def _quota(people: People, seed: int) -> Ints:
    """How many accounts each user follows in each wave, shape (users, waves)."""
    first = _first_wave(people)
    age = np.arange(WAVES) - first[:, None]
    eager = np.where(age < 0, 0.0, np.where(age == 0, 2.0, 1.0))
    shares = eager / eager.sum(axis=1, keepdims=True)
    return generator(seed, "quota").multinomial(people.follows, shares)


def _wave(
    people: People, network: sparse.csr_array, quota: Ints, wave: int, seed: int
) -> tuple[Ints, ...]:
    """The follows of one wave: fan, account, closure, reciprocity, wave."""
    chance = generator(seed, "wave", wave)
    friends_of = (network @ network).tocsr()
    fans_of = network.T.tocsr()
    late = _first_wave(people) > wave
    active = np.flatnonzero(quota)
    meet = _everyone if len(people) <= EXACT_USERS else _Meetings(people).draw
    width = len(people) if len(people) <= EXACT_USERS else sum(MET.values())
    found = []
    for fan in np.array_split(active, max(1, len(active) * width // BLOCK)):
        account = meet(fan, network, fans_of, chance)
        closure = _entries(friends_of, fan, account)
        reciprocity = _entries(fans_of, fan, account)
        score = (
            affinity(people, fan[:, None], account)
            + WEIGHTS["closure"] * np.log1p(closure)
            + WEIGHTS["reciprocity"] * reciprocity
            + chance.gumbel(size=account.shape)
        )
        barred = late[account] | (account == fan[:, None]) | (_entries(network, fan, account) > 0)
        barred[:, 1:] |= account[:, 1:] == account[:, :-1]
        score[barred] = -np.inf
        row, column = _best(score, quota[fan])
        chosen = account[row, column]
        found.append((fan[row], chosen, closure[row, column], reciprocity[row, column]))
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return (*columns, np.full(len(columns[0]), wave))


def _best(score: Floats, quota: Ints) -> tuple[Ints, Ints]:
    """Rows and columns of the `quota[i]` highest finite scores of each row i."""
    most = min(int(quota.max()), score.shape[1])
    column = np.argsort(-score, axis=1, kind="stable")[:, :most]
    wanted = np.arange(most) < quota[:, None]
    wanted &= np.isfinite(np.take_along_axis(score, column, axis=1))
    row, rank = np.nonzero(wanted)
    return row, column[row, rank]


def _entries(matrix: sparse.csr_array, row: Ints, column: Ints) -> Floats:
    """The entries at `row[i], column[i, j]`, shape of `column`."""
    if column.shape[1] == matrix.shape[1]:
        return np.asarray(matrix[row].toarray())
    rows = np.repeat(row, column.shape[1])
    return np.asarray(matrix[rows, column.ravel()]).reshape(column.shape)


def _everyone(fan: Ints, network: sparse.csr_array, fans_of: object, chance: object) -> Ints:
    return np.broadcast_to(np.arange(network.shape[0]), (len(fan), network.shape[0]))


class _Meetings:
    """Whom the users of a large world come across: their groups, and friends' friends."""

    def __init__(self, people: People) -> None:
        self.users = len(people)
        niche = people.topic * NICHES + people.niche.argmax(axis=1)
        self.labels = {"community": people.community, "topic": people.topic, "niche": niche}
        self.groups = {name: _members(label) for name, label in self.labels.items()}
        appeal = np.exp(WEIGHTS["popularity"] * people.popularity)
        self.cumulated = np.cumsum(appeal / appeal.sum())

    def draw(
        self,
        fan: Ints,
        network: sparse.csr_array,
        fans_of: sparse.csr_array,
        chance: np.random.Generator,
    ) -> Ints:
        """Accounts that each fan comes across, shape (fans, sum of MET); sorted within a row."""
        met = [
            self._any_of(self.groups[name], np.repeat(label[fan, None], MET[name], 1), chance)
            for name, label in self.labels.items()
        ]
        popular = np.searchsorted(self.cumulated, chance.random((len(fan), MET["popular"])))
        met.append(np.minimum(popular, self.users - 1))
        met.append(chance.integers(self.users, size=(len(fan), MET["anyone"])))
        friend = self._any_of(network, np.repeat(fan[:, None], MET["friends"], 1), chance)
        met.append(self._any_of(network, friend, chance))
        met.append(self._any_of(fans_of, np.repeat(fan[:, None], MET["fans"], 1), chance))
        return np.sort(np.concatenate(met, axis=1), axis=1)

    def _any_of(self, matrix: sparse.csr_array, row: Ints, chance: np.random.Generator) -> Ints:
        """A random column of each row; anyone where the row is empty."""
        draw = chance.random(row.shape)
        size = np.diff(matrix.indptr)[row]
        if matrix.nnz == 0:
            return (draw * self.users).astype(np.int64)
        place = np.minimum(matrix.indptr[row] + (draw * size).astype(np.int64), matrix.nnz - 1)
        return np.where(size > 0, matrix.indices[place], (draw * self.users).astype(np.int64))


def _members(label: Ints) -> sparse.csr_array:
    """A matrix whose row g holds the users of group g."""
    users = np.arange(len(label))
    return sparse.csr_array(
        (np.ones(len(label)), (label, users)), shape=(label.max() + 1, len(label))
    )
