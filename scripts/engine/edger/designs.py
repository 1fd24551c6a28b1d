"""Differential regions under a design: pairs, batches, several groups, interactions. edgeR's generalised linear models.

Quasi-likelihood F-test or likelihood ratio test (Lun, Chen and Smyth 2016; McCarthy, Chen and Smyth 2012) through
edgepython, a port of edgeR 4; formulas by formulaic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...common.errors import InputError
from ..extra import local_extra
from .differential import check_counts, result_frame

TESTS = ("ql", "ql-legacy", "lrt")
#: A difference between two values of a variable: (variable, a, b); or coefficients with their weights.
Contrast = tuple[str, str, str] | Mapping[str, float]
#: Mapped reads of each sample, for ``normalisation="library"``.
DEPTH_COLUMN = "mapped_reads"


@dataclass(frozen=True)
class Design:
    """A design that can be fitted.

    Attributes
    ----------
    matrix : ndarray of shape (n_samples, n_coefficients)
    coefficients : list of str
    contrast : ndarray of shape (n_coefficients,)
        The tested combination of the coefficients.
    tested : str
        It in words.
    """

    matrix: np.ndarray
    coefficients: list[str]
    contrast: np.ndarray
    tested: str


def test_design(
    counts: pd.DataFrame,
    samples: pd.DataFrame,
    design: str = "~ block + group",  # noqa: PT028
    contrast: Contrast | None = None,  # noqa: PT028
    test: str = "ql",  # noqa: PT028
    normalisation: str | Mapping[str, float] | pd.DataFrame = "tmm",  # noqa: PT028
    min_abs_logfc: float = 0,  # noqa: PT028
) -> pd.DataFrame:
    """Test every region for one contrast of a design.

    Parameters
    ----------
    counts : DataFrame of shape (n_regions, n_samples)
        Whole read counts.
    samples : DataFrame
        Indexed by the columns of `counts` (any order), one column a variable. Text is a category, a number a covariate.
    design : str
        A formula over these columns, such as ``"~ donor + treatment"`` or ``"~ genotype * treatment"``.
    contrast : (variable, a, b), or mapping, optional
        ``("treatment", "drug", "DMSO")`` tests a against b, at the samples' other values; a mapping of coefficients to
        weights tests any combination, such as an interaction. Left out, the last variable is tested where its values
        are A and B (A against B) or numbers (per unit).
    test : {"ql", "ql-legacy", "lrt"}
        Quasi-likelihood F-test as in edgeR 4, as in edgeR 3, or likelihood ratio test.
    normalisation : {"tmm", "library"}, mapping or DataFrame
        TMM over the regions; mapped reads (column ``mapped_reads`` of `samples`); sample -> effective library size (a
        spike-in's); or counts over background bins (rows) by sample, whose TMM is taken.
    min_abs_logfc : float
        Above 0, tests whether the change is larger than this (TREAT; McCarthy and Smyth 2009).

    Returns
    -------
    DataFrame
        Indexed by the regions that pass the expression filter. ``logFC`` (log2), ``F`` or ``LR`` (neither for TREAT),
        ``pvalue``, ``qvalue`` (Benjamini-Hochberg); then one column a sample: counts at a common library size.
        ``attrs`` holds ``tested`` and ``library_sizes`` (effective).

    Raises
    ------
    InputError
        Counts and samples do not match, a value is missing, a variable has one value, effects cannot be told apart
        (the message shows the table), or nothing is left to estimate the noise from.
    MissingExtraError
        The `local` extra is not installed.
    """
    if test not in TESTS:
        raise InputError(f"test is {test!r}; give one of {', '.join(map(repr, TESTS))}.")
    if not (isinstance(min_abs_logfc, (int, float)) and 0 <= min_abs_logfc < np.inf):
        raise InputError(f"min_abs_logfc is {min_abs_logfc!r}; give a log2 fold change such as 1, or 0.")
    samples = _matched(counts, samples)
    made = make_design(samples, design, contrast)
    with local_extra():
        import edgepython

    values = counts.to_numpy(dtype=np.float64)
    kept = np.asarray(edgepython.filter_by_expr(values, design=made.matrix, max_n_samples=np.inf), dtype=bool)
    if not kept.any():
        raise InputError("No region has enough reads to be tested under this design.")
    data = _normalised(edgepython, values[kept], counts.columns, samples, normalisation)
    data = edgepython.estimate_disp(data, design=made.matrix)
    if test == "lrt":
        fit, statistic, tester = edgepython.glm_fit(data, design=made.matrix), "LR", edgepython.glm_lrt
    else:
        fit = edgepython.glm_ql_fit(data, design=made.matrix, legacy=test == "ql-legacy")
        statistic, tester = "F", edgepython.glm_ql_ftest
    if min_abs_logfc:
        table = edgepython.glm_treat(fit, contrast=made.contrast, lfc=min_abs_logfc)["table"]
    else:
        table = tester(fit, contrast=made.contrast)["table"]
    return _frame(edgepython.get_norm_lib_sizes(data), table, statistic, counts, kept, made)


# pytest collects functions of this name.
test_design.__test__ = False  # type: ignore[attr-defined]


def make_design(samples: pd.DataFrame, formula: str, contrast: Contrast | None = None) -> Design:
    """The model matrix of a formula, and the contrast as weights of its coefficients.

    Raises
    ------
    InputError
        See `test_design`.
    """
    with local_extra():
        from formulaic import Formula, model_matrix
        from formulaic.errors import FormulaicError

    try:
        variables = sorted(map(str, Formula(formula).required_variables))
    except FormulaicError as error:
        raise InputError(f"design is {formula!r}, which is no formula ({error}). Give '~ block + group'.") from error
    _check_variables(samples, variables, formula)
    plain = samples[variables].copy()
    for name in variables:
        if not pd.api.types.is_numeric_dtype(plain[name]):
            plain[name] = pd.Categorical(plain[name].astype(str))
    matrix = model_matrix(formula, plain)
    values, names = np.asarray(matrix, dtype=float), [str(name) for name in matrix.columns]
    _check_estimable(values, names, samples, variables, formula)
    weights, tested = _contrast(matrix, plain, names, contrast, formula)
    return Design(values, names, weights, tested)


def _matched(counts: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """The samples in the order of the counts' columns."""
    missing = [str(name) for name in counts.columns if name not in samples.index]
    if missing or counts.columns.has_duplicates or samples.index.has_duplicates:
        raise InputError(
            f"Each column of the counts must be one row of the samples; not so: {', '.join(missing[:5]) or 'repeated'}."
        )
    check_counts(counts)
    return samples.loc[counts.columns]


def _check_variables(samples: pd.DataFrame, variables: Sequence[str], formula: str) -> None:
    unknown = [name for name in variables if name not in samples]
    if unknown or not variables:
        raise InputError(
            f"design {formula!r} names {', '.join(unknown) or 'no variable'}; the samples have "
            f"{', '.join(map(str, samples.columns))}."
        )
    for name in variables:
        column = samples[name]
        blank = column.isna() | (column.astype(str).str.strip() == "")
        if blank.any():
            raise InputError(
                f"{name} is not known of {', '.join(map(str, samples.index[blank]))}. Fill it, or leave them out."
            )
        if column.nunique() < 2:
            raise InputError(
                f"{name} is {column.iloc[0]!r} in every sample: it explains nothing. Leave it out of the design."
            )


def _check_estimable(
    matrix: np.ndarray, names: Sequence[str], samples: pd.DataFrame, variables: Sequence[str], formula: str
) -> None:
    rank = int(np.linalg.matrix_rank(matrix))
    if rank < matrix.shape[1]:
        told = [names[at] for at in range(matrix.shape[1]) if np.linalg.matrix_rank(np.delete(matrix, at, 1)) == rank]
        table = samples.groupby(list(variables)).size().rename("samples").reset_index().to_string(index=False)
        raise InputError(
            f"Under {formula!r} these cannot be told apart: {', '.join(told)}. The samples there are:\n{table}\n"
            "Leave a variable out, or take samples that break the tie."
        )
    if len(matrix) <= rank:
        raise InputError(
            f"{len(matrix)} samples and {rank} coefficients ({', '.join(names)}): nothing is left to tell the noise "
            "from. Take a simpler design, or more replicates."
        )


def _contrast(
    matrix: Any, plain: pd.DataFrame, names: Sequence[str], contrast: Contrast | None, formula: str
) -> tuple[np.ndarray, str]:
    if isinstance(contrast, Mapping):
        unknown = [name for name in contrast if name not in names]
        if unknown or not any(contrast.values()):
            raise InputError(f"The design's coefficients are {', '.join(names)}; not {', '.join(unknown) or 'none'}.")
        return np.array([float(contrast.get(name, 0.0)) for name in names]), " + ".join(
            f"{weight:g} x {name}" for name, weight in contrast.items()
        )
    if contrast is None:
        last = formula.replace("~", " ").replace("*", "+").replace(":", "+").split("+")[-1].strip()
        if last in plain and pd.api.types.is_numeric_dtype(plain[last]):
            return (np.array(names) == last).astype(float), f"{last}, per unit"
        if last not in plain or set(plain[last]) != {"A", "B"}:
            raise InputError(
                f"Which difference is tested? Give contrast=(variable, a, b), such as "
                f"({_example(plain, last)}), or weights of {', '.join(names)}."
            )
        contrast = (last, "A", "B")
    if not (isinstance(contrast, tuple) and len(contrast) == 3):
        raise InputError(f"contrast is {contrast!r}; give (variable, a, b), or a mapping of coefficients to weights.")
    variable, a, b = contrast
    levels = sorted(set(plain[variable])) if variable in plain else []
    if variable not in plain or a not in levels or b not in levels or a == b:
        raise InputError(
            f"contrast is {contrast!r}; {variable} has the values {', '.join(map(str, levels)) or 'none'}."
        )
    rows = [
        np.asarray(
            matrix.model_spec.get_model_matrix(
                plain.assign(**{variable: pd.Categorical([value] * len(plain), categories=levels)})
            ),
            dtype=float,
        )
        for value in (a, b)
    ]
    return (rows[0] - rows[1]).mean(axis=0), f"{a} against {b} ({variable})"


def _example(plain: pd.DataFrame, last: str) -> str:
    name = last if last in plain else str(plain.columns[-1])
    return ", ".join(repr(one) for one in (name, *sorted(set(plain[name].astype(str)))[:2]))


def _normalised(edgepython: Any, values: np.ndarray, names: pd.Index, samples: pd.DataFrame, normalisation: Any) -> Any:
    """edgepython's data with library sizes and factors by a normalisation that has a name."""
    if isinstance(normalisation, pd.DataFrame):
        if not set(names) <= set(normalisation.columns):
            raise InputError("The background counts lack a sample. Give a column for each.")
        background = edgepython.make_dgelist(normalisation[names].to_numpy(float))
        sizes = edgepython.get_norm_lib_sizes(edgepython.calc_norm_factors(background, method="TMM"))
        return edgepython.make_dgelist(values, lib_size=sizes)
    if isinstance(normalisation, Mapping):
        sizes = np.array([float(normalisation.get(name, np.nan)) for name in names])
    elif normalisation == "library":
        if DEPTH_COLUMN not in samples:
            raise InputError(f"normalisation='library' needs the column {DEPTH_COLUMN!r} of the samples: their depth.")
        sizes = samples[DEPTH_COLUMN].to_numpy(float)
    elif normalisation == "tmm":
        return edgepython.calc_norm_factors(edgepython.make_dgelist(values), method="TMM")
    else:
        raise InputError(f"normalisation is {normalisation!r}; give 'tmm', 'library', sizes, or background counts.")
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        raise InputError("A library size must be known of every sample, and above 0.")
    return edgepython.make_dgelist(values, lib_size=sizes)


def _frame(
    sizes: np.ndarray, table: pd.DataFrame, statistic: str, counts: pd.DataFrame, kept: np.ndarray, made: Design
) -> pd.DataFrame:
    told = {"logFC": table["logFC"].to_numpy(float)}
    if statistic in table:
        told[statistic] = table[statistic].to_numpy(float)
    common = counts.to_numpy(float)[kept] / sizes * np.exp(np.log(sizes).mean())
    found = result_frame(counts, kept, told, table["PValue"].to_numpy(float), common)
    found.attrs |= {"tested": made.tested, "library_sizes": dict(zip(counts.columns, sizes.tolist(), strict=True))}
    return found
