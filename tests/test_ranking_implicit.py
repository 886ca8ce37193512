"""Our evaluation scores the recommenders of another library, and agrees with its own measures."""

import numpy as np
import pytest
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.evaluation import ranking_metrics_at_k
from implicit.nearest_neighbours import CosineRecommender
from threadpoolctl import threadpool_limits

from lib.evaluation.ranking import check_ranked, score_playlists

N_PLAYLISTS, N_TRACKS, K = 60, 40, 10


@pytest.fixture(scope="module")
def parts():
    """Entries of two kinds of playlists, split in what is shown and what is hidden."""
    rng = np.random.default_rng(3)
    kind = np.arange(N_TRACKS) % 2 == np.arange(N_PLAYLISTS)[:, None] % 2
    held = rng.random((N_PLAYLISTS, N_TRACKS)) < np.where(kind, 0.5, 0.1)
    hidden = held & (rng.random(held.shape) < 0.4)
    hidden[np.arange(N_PLAYLISTS), held.argmax(axis=1)] = True
    return sp.csr_matrix((held & ~hidden).astype(float)), sp.csr_matrix(hidden.astype(float))


@pytest.mark.filterwarnings("ignore:Method expects CSR")  # from within implicit
@pytest.mark.parametrize(
    ("make", "settings"),
    [
        (CosineRecommender, {"K": 20}),
        (AlternatingLeastSquares, {"factors": 8, "random_state": 1, "num_threads": 1}),
    ],
)
def test_ndcg_of_implicits_models_equals_implicits_own(make, settings, parts):
    shown, hidden = parts
    with threadpool_limits(1, "blas"):  # or implicit warns
        model = make(**settings)
        model.fit(shown, show_progress=False)
        theirs = ranking_metrics_at_k(model, shown, hidden, K=K, show_progress=False, num_threads=1)
        ids, _ = model.recommend(np.arange(N_PLAYLISTS), shown, N=K)
    ranked = ids.astype(np.int32)
    check_ranked(ranked, [shown[row].indices for row in range(N_PLAYLISTS)], N_TRACKS)
    truth = [hidden[row].indices for row in range(N_PLAYLISTS)]
    ours = score_playlists(ranked, truth, np.arange(N_TRACKS), depth=K, cut_offs=(K,))
    assert ours["ndcg"].mean() == pytest.approx(theirs["ndcg"], abs=1e-9)
    # Its precision counts hits over what could be hit.
    sizes = np.array([min(len(one), K) for one in truth])
    hits = ours["recall@10"] * np.array([len(one) for one in truth])
    assert hits.sum() / sizes.sum() == pytest.approx(theirs["precision"], abs=1e-9)
    assert 0.2 < ours["ndcg"].mean() < 1
