"""Options have one definition: the signature and docstring of the function that a command calls."""

from __future__ import annotations

import inspect

import pytest

from scripts.cli import diff, targets
from scripts.cli.options import documented, options_of
from scripts.diff.run import run_all as run_all_regions
from scripts.diff.workflow import run_diff_workflow
from scripts.targets.run import run_all as run_all_genes
from scripts.targets.workflow import run_target_genes_workflow

COMMANDS = [
    (
        diff.command,
        (run_diff_workflow, run_all_regions),
        {"experiments_a", "experiments_b", "experiments_more", "controls"},
    ),
    (targets.command, (run_target_genes_workflow, run_all_genes), {"protein"}),
]


@pytest.mark.parametrize(("command", "functions", "arguments"), COMMANDS, ids=["diff", "targets"])
def test_every_parameter_has_its_option_and_no_option_lacks_one(command, functions, arguments):
    parameters = {
        name
        for function in functions
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    options = {param.name for param in command.params if param.param_type_name == "option"}
    # Named contrasts are typed one by one.
    typed = {"contrast" if name == "contrasts" else name for name in parameters - arguments}
    # The command line gives every command `quiet` besides.
    assert options - {"quiet"} == typed | {"as_json"}


@pytest.mark.parametrize(("command", "functions", "arguments"), COMMANDS, ids=["diff", "targets"])
def test_help_and_defaults_are_the_functions_own(command, functions, arguments):
    for param in command.params:
        if param.param_type_name != "option" or param.name in ("as_json", "quiet", "contrast"):
            continue
        assert param.help and "`" not in param.help, param.name
        function = next(one for one in functions if param.name in inspect.signature(one).parameters)
        default = inspect.signature(function).parameters[param.name].default
        assert param.default == default or param.multiple, param.name


def example(a: int, *, words: list[str] | None = None, flag: bool = True, kind: str = "x") -> None:
    """Do a thing.

    Parameters
    ----------
    a : int
        A number,
        on two lines.
    words, kind : str
        Texts with ``marks``.
    flag : bool
        Whether to.

    Returns
    -------
    b : int
        No parameter.
    """


def test_a_docstring_is_read_to_its_end():
    assert documented(example) == {
        "a": ("int", "A number, on two lines."),
        "words": ("str", "Texts with ``marks``."),
        "kind": ("str", "Texts with ``marks``."),
        "flag": ("bool", "Whether to."),
    }


def test_an_undocumented_parameter_is_refused():
    def bare(a: int, b: int) -> None:
        """Do.

        Parameters
        ----------
        a : int
            One.
        """

    with pytest.raises(LookupError):
        options_of(bare)
