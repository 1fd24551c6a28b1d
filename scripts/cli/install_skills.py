"""``chip-atlas install-skills DIR``: both skills as folders that stand alone, beside them a plugin's manifest.

What a skill consists of lies in ``skill_files``: links to the folders at the top of the repository, which become plain
files in a wheel, so that the command works from both.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from .. import __version__
from ..common.console import say, verify
from ..common.errors import InputError, OutputError
from ..common.files.writing import prepare_folder, replacing_folder, write_bytes
from ..common.text import plural

PACKAGE = Path(__file__).resolve().parents[1]
SKILL_FILES = PACKAGE / "skill_files"
#: Name of a skill, which is that of its folder -> its part of `SKILL_FILES`.
SKILLS = {"chip-atlas-diff-analysis": "diff", "chip-atlas-target-genes": "targets"}
PLUGIN_FOLDER = ".claude-plugin"
PLUGIN_NAME = "chip-atlas-skills"
#: Lists what was installed, so that an older install is known again and nothing else is ever replaced. While an
#: install is at work, the files before it stand in it too, so that one that was broken off is known as well.
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
        Made when it does not exist. Of an older install in it the skill's own files are replaced, and those that the
        skill has no more removed; files of others, such as results, stay where they are.

    Returns
    -------
    list of Path
        The folders written.

    Raises
    ------
    OutputError
        A folder of the same name is no install of ours, or files of the skill were changed, or others stand in the
        place of new ones; nothing has been written then.
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
    for name, contents in wanted.items():
        refuse_foreign_files(parent / name, contents)
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


def refuse_foreign_files(folder: Path, wanted: Mapping[str, bytes]) -> None:
    """Raise `OutputError` where an install would overwrite what an earlier one did not write.

    Files beside the skill's own are no obstacle: they stay.
    """
    if not folder.exists() and not folder.is_symlink():
        return
    if folder.is_symlink() or not folder.is_dir():
        raise OutputError(f"{folder} is no plain folder; move it away, or install somewhere else.")
    known = _installed(folder)
    there = sorted(name for name in _files_below(folder) if name != MANIFEST)
    if there and not known:
        raise OutputError(
            f"{folder} holds {there[0]}{' and other files' if there[1:] else ''}, and nothing says that install-skills "
            "wrote into it.\nMove the folder away, or install somewhere else. Nothing was written."
        )
    own = {name: _sha256(content) for name, content in wanted.items()}
    changed = [
        name
        for name in sorted({*known, *own})
        if not _is_free(folder / name, folder, {*known.get(name, ()), *([own[name]] if name in own else [])})
    ]
    if changed:
        shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        raise OutputError(
            f"{folder} holds {plural(len(changed), 'file')} in the place of the skill's own that changed, or that "
            f"install-skills did not write: {shown}.\nMove them away, or install somewhere else. Nothing was written."
        )


def _is_free(path: Path, folder: Path, known: Collection[str]) -> bool:
    """Whether a file may be written or removed: it is not there, or is a plain one of known content."""
    places = [place for place in path.parents if folder in place.parents]
    if any(place.is_symlink() or (place.exists() and not place.is_dir()) for place in places):
        return False
    if not path.exists() and not path.is_symlink():
        return True
    return path.is_file() and not path.is_symlink() and _sha256(path.read_bytes()) in known


def _installed(folder: Path) -> dict[str, list[str]]:
    """Files that earlier installs wrote into a folder and their SHA-256; empty without a readable manifest."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        now, before = manifest["files"], manifest.get("before", {})
        names = filter(_is_relative, {**now, **before})
        return {name: [*([now[name]] if name in now else []), *before.get(name, [])] for name in names}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_relative(name: str) -> bool:
    """Whether a name of a manifest lies in its folder: what it lists may be removed."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _write(folder: Path, contents: Mapping[str, bytes]) -> Path:
    manifest: dict[str, Any] = {
        "version": __version__,
        "files": {name: _sha256(content) for name, content in contents.items()},
    }
    if folder.is_dir():
        kept = _update(folder, contents, manifest)
    else:
        kept = 0
        with replacing_folder(folder) as fresh:
            for name, content in {**contents, MANIFEST: _json(manifest)}.items():
                target = fresh / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    stay = f"; {plural(kept, 'file')} of yours left as they were" if kept else ""
    say(f"  {folder}: {plural(len(contents), 'file')}{stay}")
    return folder


def _update(folder: Path, contents: Mapping[str, bytes], manifest: dict[str, Any]) -> int:
    """Write the files of an install into an older one, and remove those that it has no more; how many stay besides.

    An update that is broken off leaves a manifest of both, and is known by the next one.
    """
    before = _installed(folder)
    write_bytes(folder / MANIFEST, _json(manifest | {"before": before}))
    for name, content in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, content)
    for name in set(before) - set(contents):
        gone = folder / name
        gone.unlink(missing_ok=True)
        for compiled in gone.parent.glob(f"__pycache__/{glob.escape(gone.stem)}.*.pyc"):
            compiled.unlink()
        _remove_empty(gone.parent, folder)
    write_bytes(folder / MANIFEST, _json(manifest))
    return sum(name not in contents and name != MANIFEST for name in _files_below(folder))


def _remove_empty(place: Path, folder: Path) -> None:
    """Remove folders in which a removed file was the last one, up to the skill's own."""
    while place != folder:
        with suppress(OSError):
            (place / "__pycache__").rmdir()
        try:
            place.rmdir()
        except OSError:
            return
        place = place.parent


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
