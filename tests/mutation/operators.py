"""The changes that a mutant makes: cosmic-ray's, and three of this project's own in cosmic-ray's form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import parso
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator

#: Of all the replacements of one operator by another, the nearest: `<` by `<=` is harder to notice than by `is`.
_NEAREST = {
    "ReplaceBinaryOperator": (
        "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_Mul Pow_Mul LShift_RShift BitAnd_BitOr BitOr_BitAnd"
    ),
    "ReplaceComparisonOperator": (
        "Lt_LtE LtE_Lt Gt_GtE GtE_Gt Lt_Gt LtE_GtE Gt_Lt GtE_LtE Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is"
    ),
    "ReplaceUnaryOperator": "Delete_Not Delete_USub Delete_Invert",
}
_OTHERS = (
    "AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd ReplaceBreakWithContinue "
    "ReplaceContinueWithBreak ExceptionReplacer NumberReplacer ZeroIterationForLoop"
)

#: Words that stand for one another where something is done to the wrong side.
_TWINS = (
    ("a", "b"), ("A", "B"), ("start", "end"), ("chromStart", "chromEnd"), ("starts", "ends"), ("low", "high"),
    ("first", "last"), ("left", "right"), ("min", "max"), ("minimum", "maximum"), ("any", "all"), ("before", "after"),
    ("pvalue", "qvalue"), ("mean", "median"), ("floor", "ceil"), ("rows", "columns"),
)  # fmt: skip
_OTHER = {one: two for pair in _TWINS for one, two in (pair, pair[::-1])}
_WORD = re.compile(r"""[rb]*(["'])[\w.|-]*[^\W\d][\w.|-]*\1""")
_PART = re.compile(r"[A-Za-z]+")


class _Tokens(Operator):
    """Replaces single tokens of the source."""

    def replacements(self, node: Any) -> list[str]:
        """What stands instead of a token, in turn."""
        raise NotImplementedError

    def mutation_positions(self, node: Any) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        for _ in self.replacements(node) if isinstance(node, parso.python.tree.PythonLeaf) else ():
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = self.replacements(node)[index]
        return node


class Opposite(_Tokens):
    """``+=`` becomes ``-=``, and ``in`` becomes ``not in``."""

    def replacements(self, node: Any) -> list[str]:
        other = {"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "|=": "&=", "&=": "|="}
        if node.parent.type == "comparison":
            other["in"] = "not in"
        return [other[node.value]] if node.value in other else []

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("x += 1", "x -= 1"), Example("x in y", "x not in y"))


class Word(_Tokens):
    """A string of one word is a key, a label or the name of a column; several words are a message."""

    def replacements(self, node: Any) -> list[str]:
        # Of these two arguments numpy looks at the first letter alone.
        if node.type != "string" or not _WORD.fullmatch(node.value) or _named(node) in ("side", "kind"):
            return []
        return [node.value[:-1] + "X" + node.value[-1]]

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("x = 'chrom'", "x = 'chromX'"),)


class Twin(_Tokens):
    """The wrong side: group B for A, the end for the start, the smallest for the largest."""

    def replacements(self, node: Any) -> list[str]:
        word = node.type == "string" and _WORD.fullmatch(node.value)
        if not word and (node.type != "name" or node.is_definition() or node.parent.type == "param" or _keyword(node)):
            return []
        parts = [part for part in _PART.finditer(node.value) if part[0] in _OTHER]
        swapped = [node.value[: part.start()] + _OTHER[part[0]] + node.value[part.end() :] for part in parts]
        # A name that stands nowhere is an error at once, and says nothing of the tests.
        known = set(re.findall(r"\w+", node.get_root_node().get_code())) if parts and not word else set()
        return [name for name in swapped if word or name in known or name in _OTHER]

    @classmethod
    def examples(cls) -> Iterable[Example]:
        return (Example("x = n_a + n_b", "x = n_b + n_b"), Example("x = 'A_enriched'", "x = 'B_enriched'"))


def _keyword(node: Any) -> bool:
    return node.parent.type == "argument" and node.parent.children[:2] == [node, "="]


def _named(node: Any) -> str:
    """The name of the argument that a value is given for; nothing where it has none."""
    return node.parent.children[0].value if node.parent.type == "argument" and node.parent.children[1] == "=" else ""


def operators() -> dict[str, Operator]:
    """Every change by its name."""
    names = [f"{kind}_{pair}" for kind, pairs in _NEAREST.items() for pair in pairs.split()] + _OTHERS.split()
    return {
        **{name: get_operator(f"core/{name}")() for name in names},
        **{kind.__name__: kind() for kind in (Opposite, Word, Twin)},
    }
