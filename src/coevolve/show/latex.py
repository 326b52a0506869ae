"""A Table as LaTeX, for papers."""

from __future__ import annotations

from ..inquiry.finding import Table
from .numbers import cell, heading, settled

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "\u2009": r"\,",
        "\u2212": r"$-$",
        "–": "--",
        "·": r"$\cdot$",
        "∞": r"$\infty$",
        "×": r"$\times$",
        **{raised: f"$^{{{plain}}}$" for plain, raised in zip("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻", strict=True)},
    }
)


def escaped(text: str) -> str:
    """Text that LaTeX sets as it stands.

    >>> escaped("R&D_share 5%")
    'R\\\\&D\\\\_share 5\\\\%'
    """
    return text.translate(_SPECIAL)


def latex(table: Table) -> str:
    """The table as a booktabs `tabular` with three significant figures (needs the package booktabs)."""
    names = list(table.columns)
    align = "".join("l" if table.columns[name].dtype.kind in "Ob" else "r" for name in names)
    heads = [heading(name) + (f" ({table.units[name]})" if table.units.get(name) else "") for name in names]
    lines = [rf"\begin{{tabular}}{{{align}}}", r"\toprule", _line(heads), r"\midrule"]
    columns = [settled(table.columns[name].tolist()) for name in names]
    absent = [table.absent.get(name) for name in names]
    for row in range(len(table)):
        codes = [0 if one is None else int(one[row]) for one in absent]
        cells = zip(columns, names, codes, strict=True)
        lines.append(_line([cell(values[row], name, code) for values, name, code in cells]))
    lines += [r"\bottomrule", r"\end{tabular}"]
    caption = [rf"\caption{{{escaped(table.caption)}}}"] if table.caption else []
    return "\n".join([r"\begin{table}", r"\centering", *caption, *lines, r"\end{table}", ""])


def _line(cells: list[str]) -> str:
    return " & ".join(escaped(one) for one in cells) + r" \\"
