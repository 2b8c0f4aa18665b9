"""What users write about, as one sparse vector each."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

TERMS = 2**18
"""Places that words are hashed to: no vocabulary has to be held."""

COMMON = 0.5
"""Words that a larger share of the writing users has say nothing, and cost most."""


def words_of(users: pd.DataFrame, posts: pd.DataFrame | None) -> csr_array:
    """TF-IDF of the captions of each user, rows of length 1, so that products are cosines.

    Args:
        users: Column `user_id`; the row is the user's number.
        posts: Columns `user_id` and `caption`; None where there are none.

    Returns:
        Shape (users, terms); users without a caption have an empty row.
    """
    captions = pd.Series(dtype=str)
    if posts is not None:
        written = posts[posts["caption"].notna()]
        captions = written.groupby("user_id")["caption"].agg("\n".join)
    if captions.empty:
        return csr_array((len(users), 1), dtype=np.float32)
    # Importing it takes a second, and only the split stage gets here.
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    texts = captions.reindex(users["user_id"], fill_value="")
    count = HashingVectorizer(n_features=TERMS, alternate_sign=False, norm=None, dtype=np.float32)
    counts = csr_array(count.transform(texts))
    writers = np.bincount(counts.indices, minlength=TERMS)
    telling = np.flatnonzero((writers > 0) & (writers <= COMMON * len(captions)))
    if not len(telling):
        return csr_array((len(users), 1), dtype=np.float32)
    return csr_array(TfidfTransformer(sublinear_tf=True).fit_transform(counts[:, telling]))
