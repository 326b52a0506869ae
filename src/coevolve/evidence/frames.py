"""Evidence as pandas frames: the border between our arrays and the user's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .network import Network
    from .panel import Panel

STATUS_WORDS = ("observed", "missing", "suppressed", "not applicable", "absent")


def panel_frame(panel: Panel) -> pd.DataFrame:
    """One row a listed cell: region, industry, indicator, period, value, status; absent cells are left out."""
    pieces = []
    labels = np.array(panel.periods.labels)
    for one in panel.indicators.values():
        shape = one.values.shape
        region, industry, period = (axis.ravel() for axis in np.indices(shape))
        listed = one.status.ravel() < STATUS_WORDS.index("absent")
        pieces.append(
            pd.DataFrame(
                {
                    "region": np.array(panel.regions)[region][listed],
                    "industry": np.array(one.industries)[industry][listed],
                    "indicator": one.name,
                    "period": labels[period][listed],
                    "value": one.values.ravel()[listed],
                    "status": np.array(STATUS_WORDS)[one.status.ravel()][listed],
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)


def network_frame(network: Network) -> pd.DataFrame:
    """One row a link: source, target, weight and, where links have years, year."""
    labels = np.array(network.labels)
    frame = pd.DataFrame({"source": labels[network.source], "target": labels[network.target], "weight": network.weight})
    return frame if network.year is None else frame.assign(year=network.year)
