"""The kernel of a support vector machine as a separate step, computed once for all labels.

scikit-learn's SVC computes it label by label and stores the support vectors of each: eight times the time and file
size.

Example:
    >>> clips = np.array([[0.0, 0.0], [3.0, 4.0]], dtype=np.float32)
    >>> Kernel().fit(clips).transform(clips).tolist()
    [[0.0, 0.0], [0.0, 25.0]]
    >>> Kernel(gamma=0.04).fit(clips).transform(clips)[0].round(4).tolist()
    [1.0, 0.3679]
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.metrics.pairwise import linear_kernel, rbf_kernel


class Kernel(TransformerMixin, BaseEstimator):
    """Turn clips `(clips, features)` into their similarity `(clips, fitted clips)` to the fitted clips.

    Attributes:
        gamma: Parameter of the RBF kernel, `exp(-gamma * squared distance)`; `None` for the linear kernel.
    """

    def __init__(self, gamma: float | None = None):
        self.gamma = gamma

    def fit(self, clips: np.ndarray, truth: np.ndarray | None = None) -> Kernel:
        """Keep the clips."""
        self.clips_ = clips
        return self

    def transform(self, clips: np.ndarray) -> np.ndarray:
        """Return the kernel in float64, as the support vector machine needs it."""
        if self.gamma is None:
            return linear_kernel(clips, self.clips_).astype(np.float64)
        return rbf_kernel(clips, self.clips_, gamma=self.gamma).astype(np.float64)
