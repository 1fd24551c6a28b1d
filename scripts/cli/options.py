"""Options of a command, made from the function that it calls: its signature and docstring are the one definition."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import click

from ..common.text import documented

_CHOICES = re.compile(r"^\{(.+)\}")


def options_of(
    function: Callable[..., Any], *, without: Collection[str] = (), also: Mapping[str, str] | None = None
) -> list[click.Option]:
    """One option for each documented parameter of a function, but for those that are the command's arguments.

    Parameters
    ----------
    without : collection of str
        Parameters that get no option.
    also : mapping of str to str, optional
        Parameter -> another name of its option, such as ``--out``.

    Raises
    ------
    LookupError
        A parameter that the docstring does not describe.
    """
    about = documented(function)
    hints = get_type_hints(function)
    made = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in without or parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        names = [*([also[name]] if also and name in also else []), f"--{name.replace('_', '-')}"]
        made.append(_option(name, names, parameter.default, hints[name], *about[name]))
    return made


def split_names(given: Iterable[str]) -> list[str]:
    """Names of an option or argument that may be given once for each, or several with commas."""
    return [name.strip() for names in given for name in names.split(",") if name.strip()]


def _option(name: str, names: list[str], default: Any, hint: Any, kind: str, text: str) -> click.Option:
    """An option of the parameter's own type; None is what stands for an option that was not given."""
    help_text = re.sub(r"`+", "", text)
    choices = _CHOICES.match(kind)
    members = _members(hint)
    settings: dict[str, Any] = {"default": default, "show_default": default is not None}
    if default is inspect.Parameter.empty:
        settings = {"required": True}
    if isinstance(default, bool):
        names = [f"{names[-1]}/--no-{names[-1][2:]}"]
    elif choices:
        settings["type"] = click.Choice([value.strip().strip("\"'") for value in choices[1].split(",")])
    elif any(get_origin(member) is Iterable for member in members):
        settings["multiple"] = True
        help_text += " Give it once for each."
    elif int in members and default is not None and type(None) in members:
        settings["type"] = _NumberOrAll()
    else:
        settings["type"] = next((member for member in (int, float) if member in members), str)
    return click.Option([*names, name], help=help_text, **settings)


class _NumberOrAll(click.ParamType):
    """A whole number, or ``all``, which is None to the function."""

    name = "integer|all"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        return None if value == "all" else int(click.INT.convert(value, param, ctx))


def _members(hint: Any) -> tuple[Any, ...]:
    """The types that a hint allows."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def given(context: click.Context, values: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were typed: what was not has the function's own default."""
    typed = {
        name: value
        for name, value in values.items()
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in typed.items()}
