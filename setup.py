"""The tree in ``scripts/`` is installed as ``chipatlas_skills``; everything else stands in pyproject.toml."""

from setuptools import find_namespace_packages, setup

NAME = "chipatlas_skills"
setup(
    packages=[NAME, *(f"{NAME}.{package}" for package in find_namespace_packages("scripts"))],
    package_dir={NAME: "scripts"},
)
