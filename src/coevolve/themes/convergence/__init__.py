"""Which industries merge? Aspects, types and modules of industry convergence (Ma)."""
