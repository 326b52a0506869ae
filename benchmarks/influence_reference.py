"""The reference component-wise LSTM (Neural-GC) on one Lorenz-96 set: AUROC against CPU seconds, on one thread.

    PYTHON benchmarks/influence_reference.py --code NEURAL-GC --series SERIES.csv --seconds 300

PYTHON is one that has PyTorch; NEURAL-GC a copy of https://github.com/iancovert/Neural-GC beside the project;
SERIES.csv a table of numbers, time down, variables across, with a header. `influence.py` writes the table and runs
this. Every setting is that of the authors' Lorenz demonstration (context 10, penalty 10, ridge 0.01, rate 0.001, ISTA,
raw data) but for the width of the nets, which is an option: the demonstration's 100 units cost five times as much a
step as 32. One line of JSON after every hundred steps: steps, CPU seconds of training so far, AUROC of the 90 pairs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

EVERY = 100  # steps between two looks
LONGEST = 20_000  # steps of the authors' demonstration


def auroc(score: np.ndarray) -> float:
    """Of the pairs off the diagonal, as in `influence.py`; the truth of Lorenz-96 is known."""
    many = len(score)
    place, true = np.arange(many), np.zeros((many, many), bool)
    for step in (-2, -1, 1):
        true[place, (place + step) % many] = True
    off = ~np.eye(many, dtype=bool)
    high, low = score[off & true][:, None], score[off & ~true][None]
    return float((high > low).mean() + 0.5 * (high == low).mean())


def main() -> None:
    """Train until the CPU seconds are spent, telling the way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--code", type=Path, required=True)
    parser.add_argument("--series", type=Path, required=True)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=300.0)
    asked = parser.parse_args()
    sys.path.insert(0, str(asked.code))
    import torch
    from models.clstm import cLSTM, train_model_ista

    torch.set_num_threads(1)
    torch.manual_seed(0)
    values = np.loadtxt(asked.series, delimiter=",", skiprows=1)
    series = torch.tensor(values[None], dtype=torch.float32)
    net = cLSTM(values.shape[1], hidden=asked.hidden)
    spent = 0.0
    for done in range(EVERY, LONGEST + 1, EVERY):
        start = time.process_time()
        train_model_ista(
            net, series, context=10, lam=10.0, lam_ridge=1e-2, lr=1e-3, max_iter=EVERY, check_every=EVERY, verbose=0
        )
        spent += time.process_time() - start
        found = net.GC(threshold=False).detach().numpy()
        print(json.dumps({"steps": done, "seconds": round(spent, 2), "auroc": auroc(found)}), flush=True)
        if spent >= asked.seconds:
            return


if __name__ == "__main__":
    main()
