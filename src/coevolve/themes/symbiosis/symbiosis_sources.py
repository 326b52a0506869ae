"""The books and papers that the question `symbiosis` rests on."""

from __future__ import annotations

from ...evidence.fit import Fit
from ...inquiry.finding import Source

SOURCES = (
    Source("tong-wang", "Tong & Wang, Interactive evolution of innovation poles, section 2.2, (8) to (10)."),
    Source("lotka-1925", "Lotka (1925), Elements of Physical Biology, Williams & Wilkins."),
    Source(
        "volterra-1926",
        "Volterra (1926), Fluctuations in the abundance of a species considered mathematically, Nature 118, 558-560.",
        "https://doi.org/10.1038/118558a0",
    ),
    Source(
        "piras-2007",
        "Piras, Donaghy & Arbia (2007), Nonlinear regional economic dynamics: continuous-time "
        "specification, estimation and stability analysis, Journal of Geographical Systems 9, 311-344.",
        "https://doi.org/10.1007/s10109-007-0049-x",
    ),
    Source(
        "hofbauer-sigmund-1998",
        "Hofbauer & Sigmund (1998), Evolutionary Games and Population Dynamics, Cambridge University Press, "
        "chapters 3 and 15: equilibria, bounds and stability of these equations.",
        "https://doi.org/10.1017/CBO9781139173179",
    ),
)
SCREEN = (
    Source(
        "rue-2009",
        "Rue, Martino & Chopin (2009), Approximate Bayesian inference for latent Gaussian models by "
        "using integrated nested Laplace approximations, Journal of the Royal Statistical Society B 71, 319-392.",
        "https://doi.org/10.1111/j.1467-9868.2008.00700.x",
    ),
    Source(
        "liang-zeger-1986",
        "Liang & Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73, 13-22.",
        "https://doi.org/10.1093/biomet/73.1.13",
    ),
)
SAMPLER = (
    Source(
        "duane-1987",
        "Duane, Kennedy, Pendleton & Roweth (1987), Hybrid Monte Carlo, Physics Letters B 195, 216-222.",
        "https://doi.org/10.1016/0370-2693(87)91197-X",
    ),
    Source(
        "yu-meng-2011",
        "Yu & Meng (2011), To center or not to center: that is not the question, Journal of Computational and "
        "Graphical Statistics 20, 531-570.",
        "https://doi.org/10.1198/jcgs.2011.203main",
    ),
    Source(
        "hoffman-gelman-2014",
        "Hoffman & Gelman (2014), The No-U-Turn sampler: adaptively setting path lengths in Hamiltonian Monte Carlo, "
        "Journal of Machine Learning Research 15, 1593-1623.",
        "https://jmlr.org/papers/v15/hoffman14a.html",
    ),
    Source(
        "vehtari-2021",
        "Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Rank-normalization, folding, and localization: an "
        "improved R-hat for assessing convergence of MCMC, Bayesian Analysis 16, 667-718.",
        "https://doi.org/10.1214/20-BA1221",
    ),
)


def sources_of(fit: Fit) -> tuple[Source, ...]:
    """What the question rests on, with those of the way in which this fit was made."""
    return (*SOURCES, *(SAMPLER if "r_hat" in fit.arrays else SCREEN))
