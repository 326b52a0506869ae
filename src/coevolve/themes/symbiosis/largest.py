"""Which regions of a fit are the largest: one order for every picture and table that shows only some of them."""

from __future__ import annotations

import numpy as np

from ...evidence.fit import Fit


def largest_regions(fit: Fit) -> list[int]:
    """Places of the regions in the fit, the largest first; those without any fitted pole are left out.

    The size of a region is its share of each pole in all regions at the last scale (median of the draws), averaged
    over the poles: poles counted in different units weigh alike, and a pole that a region lacks counts as none.
    """
    scale = np.exp(np.median(fit["log_last"], axis=0))
    known = np.isfinite(scale)
    scale = np.where(known, scale, 0.0)
    total = scale.sum(axis=0)
    size = (scale / np.where(total > 0.0, total, 1.0)).mean(axis=1)
    return [int(r) for r in np.argsort(-size, kind="stable") if known[r].any()]
