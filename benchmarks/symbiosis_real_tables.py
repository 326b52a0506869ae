"""The page of symbiosis_real.py: what was measured, in tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PANELS = {
    "sectors": "US sectors, 1978–2012, one region",
    "states": "sectors of 45 US states, 2001–2017",
}
SIZES = {"2": "pairs", "3": "triples"}
HEAD = (
    "| panel | fit | poles | fits (settled) | origins | values | 90 % band holds | single origins | 50 % band holds "
    "| 90 % band, 1 to 5 years ahead | below it, above it |"
)


def page(found: Mapping[str, Any]) -> str:
    """The whole page in Markdown; parts that were not measured are left out."""
    lines = ["# Symbiosis on real data", "", *_first(found)]
    lines += _coverage(found)
    lines += _errors(found)
    if "lynx" in found:
        lines += _lynx(found["lynx"])
    if "gause" in found:
        lines += _gause(found["gause"])
    return "\n".join(lines) + "\n"


def _first(found: Mapping[str, Any]) -> list[str]:
    """Who lies nearest, before anything else is said."""
    said = []
    for panel, fit, poles, one in _rows(found):
        if fit in ("screen", "particles"):
            order = sorted(one["median_error"].items(), key=lambda pair: pair[1])
            words = ", ".join(f"{name} {error:.2f} %" for name, error in order)
            said.append(f"{panel}, {poles}, by {fit}: {words}.")
    return [f"Nearest to what came (median absolute error): {' '.join(said)}", ""] if said else []


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
    """Panel, kind of fit, poles, scores: the whole screen first, then what the sampler made, the screen beside it."""
    for name, words in PANELS.items():
        for size, one in found.get(name, {}).get("groups", {}).items():
            yield words, "screen", SIZES[size], one
        for size, one in found.get(name, {}).get("independent", {}).items():
            yield words, "screen, shocks independent", SIZES[size], one
        for size, one in found.get(f"{name}_particles", {}).get("groups", {}).items():
            yield words, "particles", SIZES[size], one
        for inference, said in (("chains", "sampler"), ("laplace", "screen, same fits")):
            for size, one in found.get(f"{name}_chains", {}).get(inference, {}).get("groups", {}).items():
                yield words, said, f"some {SIZES[size]}", one


def _coverage(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Do the bands hold?",
        "",
        "Fits see the data up to a year of origin and forecast one to five later years. Shares of values inside the "
        "band, with the 90 % interval when years of origin are drawn again as wholes (in brackets also in runs of five "
        "years). Goal: the nominal level lies inside.",
        "",
        HEAD,
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for panel, fit, poles, one in _rows(found):
        first, last, count = one["origins"]
        ninety, fifty = one["coverage"]["90"], one["coverage"]["50"]
        low, high = ninety["single_origins"]
        steps = ", ".join(_short(value) for value in ninety["by_step"])
        fits = f"{one['fits']} ({100 * one['settled']:.0f} %)"
        head = f"| {panel} | {fit} | {poles} | {fits} | {count}, {first}–{last} | {one['values']:,} | {_share(ninety)} "
        lines.append(head + f"| {_short(low)} to {_short(high)} | {_share(fifty)} | {steps} | {_sides(one)} |")
    return [*lines, ""]


def _share(one: Mapping[str, Any]) -> str:
    (low, high), (low5, high5) = one["by_origin"], one["by_five_origins"]
    return f"{_short(one['mean'])} ({_short(low)} to {_short(high)}; {_short(low5)} to {_short(high5)})"


def _sides(one: Mapping[str, Any]) -> str:
    """How many values five years ahead came to lie below and above the band."""
    return f"{_short(one['below_by_step'][-1])}, {_short(one['above_by_step'][-1])} five years ahead"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.00"


def _errors(found: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Do the forecasts lie nearer than simple ones?",
        "",
        "Median absolute error in per cent of the value. `less naive`, `less drift`: below 0, symbiosis lies nearer "
        "than no change, than average change; 90 % intervals over years of origin.",
        "",
        "| panel | fit | poles | symbiosis | naive | drift | less naive | less drift | median width of the 90 % band |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for panel, fit, poles, one in _rows(found):
        error, against = one["median_error"], one["error_against"]
        less = []
        for other in ("naive", "drift"):
            low, high = against[other]
            less.append(f"{error['symbiosis'] - error[other]:+.2f} ({low:+.2f} to {high:+.2f})")
        values = " | ".join(f"{error[name]:.2f}" for name in ("symbiosis", "naive", "drift"))
        lines.append(
            f"| {panel} | {fit} | {poles} | {values} | {less[0]} | {less[1]} | {one['median_width_90']:.0f} % "
            f"({100 * one['beyond_tenfold']:.1f} % of bands span a hundredfold) |"
        )
    return [*lines, ""]


def _lynx(one: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Hare and lynx, 1900–1920: the posterior of the Stan case study",
        "",
        f"Mean (sd). Ours: {one['draws']:,} draws in 4 chains, r_hat {one['r_hat']:.4f}, {one['effective']:.0f} "
        f"effective, {one['divergences']} divergences. Importance sampling: {one['importance_effective']:,.0f} "
        f"effective; Metropolis: {100 * one['metropolis_accepted']:.0f} % accepted.",
        "",
        "| unknown | published | allowed | ours | importance sampling | Metropolis |",
        "|---|---|---|---|---|---|",
    ]
    for name, published in one["published"].items():
        cells = [
            f"{mean:.4f} ({sd:.4f})" for mean, sd in (one[way][name] for way in ("ours", "importance", "metropolis"))
        ]
        lines.append(f"| {name} | {published} | ± {one['within'][name]} | {' | '.join(cells)} |")
    return [*lines, ""]


def _gause(one: Mapping[str, Any]) -> list[str]:
    first, second = one["poles"]
    lines = [
        "## Gause's yeasts, alone and together",
        "",
        f"{len(one['cultures'])} cultures, one set of rates, capacities and effects; b above 0: held back; "
        "median (90 %).",
        "",
        f"| noise | {second} on {first} | P > 0 | {first} on {second} | P > 0 | rate per hour | capacity | r_hat, "
        "divergences |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for noise in ("state-space", "measurement", "one-step"):
        made = one[noise]
        forth, back = made["b_of_second_on_first"], made["b_of_first_on_second"]
        sizes = " | ".join(", ".join(f"{part[0]:.3g}" for part in made[name]) for name in ("rate", "capacity"))
        effects = f"{_between(forth)} | {forth[3]:.3f} | {_between(back)} | {back[3]:.3f}"
        quality = f"{made['r_hat']:.4f}, {made['divergences']} of {made['draws']:,}"
        lines.append(f"| {noise} | {effects} | {sizes} | {quality} |")
    return [*lines, ""]


def _between(values: list[float]) -> str:
    return f"{values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})"
