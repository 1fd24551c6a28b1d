"""``chip-atlas install-skills DIR``: both skills as folders that stand alone, beside them a plugin's manifest.

What a skill consists of lies in ``skill_files``: links to the folders at the top of the repository, which become plain
files in a wheel, so that the command works from both.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..common.console import say, verify
from ..common.errors import InputError, OutputError
from ..common.files.writing import prepare_folder, replacing_folder
from ..common.text import plural

PACKAGE = Path(__file__).resolve().parents[1]
SKILL_FILES = PACKAGE / "skill_files"
#: Name of a skill, which is that of its folder -> its part of `SKILL_FILES`.
SKILLS = {"chip-atlas-diff-analysis": "diff", "chip-atlas-target-genes": "targets"}
PLUGIN_FOLDER = ".claude-plugin"
PLUGIN_NAME = "chip-atlas-skills"
#: Lists what was installed, so that an older install is known again and nothing else is ever replaced.
MANIFEST = ".chip-atlas-skills.json"
Contents = dict[str, bytes]


@click.command("install-skills")
@click.argument("folder", metavar="DIR")
def command(folder: str) -> None:
    """Write both skills as self-contained folders for agents.

    DIR is where the two folders go, such as ~/.claude/skills.
    """
    install_skills(folder)


def install_skills(directory: str | os.PathLike[str]) -> list[Path]:
    """Write the two skills and the plugin's files into a folder.

    Parameters
    ----------
    directory : path
        Made when it does not exist. An older install in it is replaced as a whole.

    Returns
    -------
    list of Path
        The folders written.

    Raises
    ------
    OutputError
        A folder of the same name holds other files, or changed ones; nothing has been written then.
    InputError
        This copy of the package is an installed skill itself and lacks the sources.
    """
    if not SKILL_FILES.is_dir():
        raise InputError(
            f"{PACKAGE} is part of an installed skill, which does not hold what a skill is made of.\n"
            "Run install-skills from the repository, or from an installed chip-atlas-skills package."
        )
    wanted = {name: skill_contents(part) for name, part in SKILLS.items()} | {PLUGIN_FOLDER: plugin_contents()}
    parent = prepare_folder(directory)
    for name in wanted:
        refuse_foreign_files(parent / name)
    folders = [_write(parent / name, contents) for name, contents in wanted.items()]
    verify("✓ Skills installed")
    return folders


def skill_contents(part: str) -> Contents:
    """Files of one skill: path in its folder, with ``/``, -> content."""
    sources = {f"scripts/{path}": PACKAGE / path for path in _package_files()}
    for path in sorted((SKILL_FILES / "references").glob("*.md")):
        sources[f"references/{path.name}"] = path
    for name in ("SKILL.md", "skill.meta.json"):
        sources[name] = SKILL_FILES / part / name
    sources["LICENSE.txt"] = SKILL_FILES / "LICENSE.txt"
    sources["requirements.txt"] = PACKAGE / "requirements.txt"
    return {name: path.read_bytes() for name, path in sources.items()}


def plugin_contents() -> Contents:
    """The manifest of a plugin that consists of both skills, and of a marketplace that offers it alone."""
    description = "Differential regions between groups of public experiments, and target genes of factors (ChIP-Atlas)"
    head = {"name": PLUGIN_NAME, "version": __version__, "description": description}
    plugin = {**head, "license": "MIT", "skills": [f"./{name}" for name in SKILLS]}
    marketplace = {"name": PLUGIN_NAME, "owner": {"name": "ChIP-Atlas Skills"}, "plugins": [{**head, "source": "./"}]}
    return {"plugin.json": _json(plugin), "marketplace.json": _json(marketplace)}


def refuse_foreign_files(folder: Path) -> None:
    """Raise `OutputError` unless a folder is missing, empty, or just as an earlier install left it."""
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} is no plain folder; move it away, or install somewhere else.")
    known = _installed(folder)
    strange = [
        name
        for name in sorted(_files_below(folder))
        if name != MANIFEST and known.get(name) != _sha256((folder / name).read_bytes())
    ]
    if strange:
        shown = ", ".join(strange[:5]) + (f" and {len(strange) - 5} more" if len(strange) > 5 else "")
        raise OutputError(
            f"{folder} holds {plural(len(strange), 'file')} that install-skills did not write, or that changed since: "
            f"{shown}.\nMove them away (or the whole folder), or install somewhere else. Nothing was written."
        )


def _installed(folder: Path) -> dict[str, str]:
    """Files that an earlier install wrote into a folder and their SHA-256; empty without a readable manifest."""
    try:
        files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return files if isinstance(files, dict) else {}


def _write(folder: Path, contents: Mapping[str, bytes]) -> Path:
    manifest = {"version": __version__, "files": {name: _sha256(content) for name, content in contents.items()}}
    with replacing_folder(folder) as fresh:
        for name, content in {**contents, MANIFEST: _json(manifest)}.items():
            target = fresh / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    say(f"  {folder}: {plural(len(contents), 'file')}")
    return folder


def _package_files() -> Iterator[str]:
    """The package's own files, those that `SKILL_FILES` holds left out."""
    own = f"{SKILL_FILES.name}/"
    return (name for name in sorted(_files_below(PACKAGE)) if not name.startswith((".", own)))


def _files_below(folder: Path) -> Iterator[str]:
    """Paths of the files below a folder, relative to it, with ``/``; what Python compiles is passed over."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from ((Path(place) / name).relative_to(folder).as_posix() for name in files)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
