"""The commands and their options; each one imports what it needs when it is called."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from ..errors import CoevolveError, Stopped

DONE, NOTED, REFUSED, STOPPED = 0, 1, 2, 130

app = App(
    name="coevolve",
    help="How industrial clusters and regional innovation evolve together: one study file in; tables, pictures and a "
    "report out. Add --debug to any command to see where a fault arose.",
    result_action="return_value",
    version_flags=["--version"],
)


def _flag(words: str) -> Parameter:
    return Parameter(negative="", help=words)


@app.command
def new(
    name: str,
    /,
    *,
    world: str | None = None,
    example: str | None = None,
    from_: Annotated[Path | None, Parameter(name="--from")] = None,
) -> int:
    """Write a new study into the folder NAME.

    Parameters
    ----------
    name
        The folder to make; a folder that holds files already is refused.
    world
        A made world whose truth is known, to learn with: two-poles, lagged-ties, supply-chain, merging-industries,
        forming-clusters or followers.
    example
        A worked study: first-look (real series that ship with coevolve) or tong-wang (a made world).
    from_
        Your own data: every column is guessed, and the guess is written into the study for you to correct.
    """
    from .new import write_study

    return write_study(Path(name), world, example, from_)


@app.command
def check(study: Path, /, *, data: Path | None = None) -> int:
    """Read and audit the evidence of a study, and say what each question will be able to tell, computing nothing.

    Parameters
    ----------
    study
        The study file (TOML).
    data
        Where `data:` files lie (else COEVOLVE_DATA).
    """
    from .check import check_study

    return check_study(study, data)


@app.command
def run(
    study: Path,
    /,
    *,
    out: Path | None = None,
    data: Path | None = None,
    strict: Annotated[bool, _flag("Leave with exit code 1 when a Finding carries a caution.")] = False,
    fresh: Annotated[bool, _flag("Compute everything again, whatever the store holds.")] = False,
    publish: Annotated[
        bool, _flag("Use the full number of draws; without it each Finding says how many it used.")
    ] = False,
    quiet: Annotated[bool, _flag("Print nothing but refusals.")] = False,
    workers: int | None = None,
    cluster: str | None = None,
) -> int:
    """Run a study from top to bottom: tables, pictures and a report.

    A second run costs nothing; a run that was stopped or killed goes on where it was.

    Parameters
    ----------
    study
        The study file (TOML), or a report made by coevolve, whose study is run again.
    out
        The folder for results; <study>-out beside the study when left out.
    data
        Where `data:` files lie (else COEVOLVE_DATA).
    workers
        How many processes to use; the numbers do not depend on it.
    cluster
        The address of a Dask scheduler (tcp://...); needs the extra `cluster`. Dask has no authentication without TLS.
    """
    from .ask import at_least_one
    from .run import run_file

    if workers is not None:
        at_least_one(workers, "coevolve run")
    return run_file(
        study,
        out,
        data,
        strict=strict,
        fresh=fresh,
        publish=publish,
        quiet=quiet,
        workers=workers,
        cluster=cluster,
    )


@app.command(help_flags=[])
def ask(
    question: Annotated[str, Parameter(allow_leading_hyphen=True)] = "",
    /,
    *words: Annotated[str, Parameter(allow_leading_hyphen=True)],
) -> int:
    """Ask one question without a study file: coevolve ask QUESTION --OPTION VALUE ...

    An option that names evidence takes a file; its keys follow as --panel.region state, and a further --panel FILE is
    a further panel. A list option is repeated; anything nested is a TOML value. --out DIR keeps everything as a run
    does; --seed N and --name NAME as in a study.
    `coevolve ask QUESTION --help` lists the options.
    """
    from .ask import ask_words

    return ask_words(question, list(words))


@app.command
def show(
    folder: Path,
    ask: str | None = None,
    /,
    *,
    table: str | None = None,
    to: Path | None = None,
) -> int:
    """Print the findings of a finished run, or one of its tables, or write that table or all of them to a file.

    Parameters
    ----------
    folder
        The folder of a run (or its record.json).
    ask
        The ask to show; all when left out.
    table
        One table of that ask, in full.
    to
        Write instead of print: .csv, .parquet, .tex or .xlsx for a table; .xlsx for all tables of the run; .gexf,
        .graphml, .net (Pajek) or .json (VOSviewer) for the network that the ask made.
    """
    from .show import show_folder

    return show_folder(folder, ask, table, to)


@app.command(name="list")
def list_() -> int:
    """List the questions that can be asked, one a line."""
    from .explain import list_questions

    return list_questions()


@app.command
def explain(
    question: str, /, *, schema: Annotated[bool, _flag("Print the JSON schema of its options.")] = False
) -> int:
    """Say what a question means, its equation, its options, and when not to trust it.

    Parameters
    ----------
    question
        The question's name, or file.py:Class for one of your own.
    """
    from .explain import explain_question

    return explain_question(question, schema)


@app.command
def compare(first: Path, second: Path, /) -> int:
    """Compare two runs: which asks, options, evidence, claims and numbers differ.

    Parameters
    ----------
    first
        The folder of a run.
    second
        The folder of another run.
    """
    from .compare import compare_folders

    return compare_folders(first, second)


@app.command
def cite(folder: Path, /) -> int:
    """Print what to cite for a finished run: the methods it used and the data it read.

    Parameters
    ----------
    folder
        The folder of a run.
    """
    from .cite import cite_folder

    return cite_folder(folder)


@app.command
def clean(
    folder: Path,
    /,
    *,
    older_than: float = 0.0,
    yes: Annotated[bool, _flag("Remove them; without it nothing is removed.")] = False,
) -> int:
    """Show how much the store of a run holds and how old it is, and remove it when asked to.

    Parameters
    ----------
    folder
        The folder of a run.
    older_than
        Only results kept for more than so many days.
    """
    from .clean import clean_folder

    return clean_folder(folder, older_than, yes)


def call(words: list[str]) -> int:
    """The exit code of one command line. Faults are printed without a traceback unless --debug is among its words."""
    debug = "--debug" in words
    try:
        code = app([word for word in words if word != "--debug"], exit_on_error=False, print_error=True)
        return code if isinstance(code, int) else DONE
    except CycloptsError:
        return REFUSED
    except CoevolveError as error:
        if debug:
            traceback.print_exc()
        print(error, file=sys.stderr)
        return REFUSED
    except (Stopped, KeyboardInterrupt):
        print("Stopped. What was finished is kept; run again to go on.", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:  # a fault of ours, or of a user's own file: said plainly, the trace on request
        if debug:
            traceback.print_exc()
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        more = "" if debug else " Add --debug to see more."
        print(f"coevolve: {type(error).__name__} in {where}: {error}.{more}", file=sys.stderr)
        return REFUSED
