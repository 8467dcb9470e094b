"""Search of the nearest rows by a weighted distance, in matrix products of bounded size.

The squared distance between a query q with weights w and a donor d whose uncertain coordinates have variance s is
sum w ((q - d)^2 + s), which but for a constant of the query is one product of (-2 w q, w) with (d, d^2 + s). Queries of
a cluster share their candidates: the donors of smallest mean distance to all of them, found by one product for the
cluster, as in an inverted file (Sivic and Zisserman, Video Google, 2003) with lists made for the queries. With few
donors every one is a candidate and the search is exact.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wrangler.impute.arrays import Rows, Singles

CLUSTER = 64
CLUSTERS_AT_ONCE = 16
K_MEANS_ROUNDS = 3
FEWEST_CANDIDATES = 512
CANDIDATES_A_NEIGHBOR = 20


@dataclass(frozen=True)
class Search:
    """Donors, prepared for search.

    Attributes
    ----------
    terms : ndarray of float32, shape (donors, 2 * width)
        Coordinates, and their squares plus variances.
    """

    terms: Singles

    def nearest(self, queries: Singles, weights: Singles, count: int) -> tuple[Singles, Rows]:
        """Squared distances and positions of the nearest donors, nearest first.

        Parameters
        ----------
        queries, weights : ndarray of float32, shape (rows, width)
        count : int
            At most the number of donors.

        Returns
        -------
        distances : ndarray of float32, shape (rows, count)
        positions : ndarray of int, shape (rows, count)
        """
        distances = np.empty((len(queries), count), dtype=np.float32)
        positions = np.empty((len(queries), count), dtype=np.intp)
        weighted = weights * queries
        factors = np.hstack([-2.0 * weighted, weights])
        candidates = max(FEWEST_CANDIDATES, CANDIDATES_A_NEIGHBOR * count)
        clusters = list(cluster(queries))
        for rows, near in zip(clusters, self._candidates(factors, clusters, candidates), strict=True):
            products = factors[rows] @ self.terms[near].T
            best = np.argpartition(products, count - 1, axis=1)[:, :count]
            smallest = np.take_along_axis(products, best, axis=1)
            order = np.argsort(smallest, axis=1, kind="stable")
            distances[rows] = np.take_along_axis(smallest, order, axis=1)
            positions[rows] = near[np.take_along_axis(best, order, axis=1)]
        distances += (weighted * queries).sum(axis=1, keepdims=True)
        return np.maximum(distances, 0.0), positions

    def shares(self, queries: Singles, weights: Singles, number: int, positions: Rows) -> Singles:
        """The share of one coordinate in the squared distances of each query to the donors at its `positions`."""
        donors, squares = self.terms[:, number], self.terms[:, self.terms.shape[1] // 2 + number]
        query = queries[:, number, None]
        return np.asarray(weights[:, number, None] * (query * (query - 2.0 * donors[positions]) + squares[positions]))

    def _candidates(self, factors: Singles, clusters: Sequence[Rows], most: int) -> Iterator[Rows]:
        """For each cluster of queries, the donors of smallest mean distance to all of them."""
        if len(self.terms) <= most:
            yield from [np.arange(len(self.terms))] * len(clusters)
            return
        for start in range(0, len(clusters), CLUSTERS_AT_ONCE):
            means = np.stack([factors[rows].mean(axis=0) for rows in clusters[start : start + CLUSTERS_AT_ONCE]])
            for distances in means @ self.terms.T:
                yield np.sort(np.argpartition(distances, most)[:most])


def make_search(donors: Singles, variances: Singles) -> Search:
    """Prepare donors for search.

    Parameters
    ----------
    donors : ndarray of float32, shape (donors, width)
    variances : ndarray of float32, shape (donors, width)
        How uncertain each coordinate is; 0 where it was observed.

    Returns
    -------
    Search
    """
    return Search(np.hstack([donors, donors**2 + variances]))


def cluster(queries: Singles) -> Iterator[Rows]:
    """Positions of the queries of each cluster, of about `CLUSTER`: k-means, started at evenly spaced rows."""
    count = len(queries) // CLUSTER
    if count < 2:  # noqa: PLR2004 - one cluster
        yield np.arange(len(queries))
        return
    centers = queries[np.linspace(0, len(queries) - 1, count).astype(np.intp)]
    owner = _nearest_center(queries, centers)
    for _ in range(K_MEANS_ROUNDS):
        sizes = np.bincount(owner, minlength=count)
        order = np.argsort(owner, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])[sizes > 0]
        sums = np.add.reduceat(queries[order], starts, axis=0)
        centers = (sums / sizes[sizes > 0, None]).astype(np.float32)
        count = len(centers)
        owner = _nearest_center(queries, centers)
    order = np.argsort(owner, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        yield from np.array_split(rows, -(-len(rows) // (4 * CLUSTER)))


def _nearest_center(queries: Singles, centers: Singles) -> Rows:
    return np.asarray(((centers**2).sum(axis=1) - 2.0 * (queries @ centers.T)).argmin(axis=1))
