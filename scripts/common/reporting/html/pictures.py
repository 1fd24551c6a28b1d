"""The plots of step 3 inside the page, small enough for it."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from .escape import escape

#: Pixels across: sharp at the width of the page on an ordinary screen; the files keep 300 dpi.
PICTURE_WIDTH = 1200
WEBP_QUALITY = 82


def gallery(
    folder: Path, present: Sequence[str], described: Mapping[str, str], numbers: Mapping[str, str] | None = None
) -> str:
    """HTML of the plots that were made.

    Parameters
    ----------
    folder : Path
        Where the files are.
    present : sequence of str
        Names of the files of the plotting step in it.
    described : mapping
        Plot name without ending -> what it shows, in words.
    numbers : mapping, optional
        Plot name without ending -> the numbers that are seen in it, for those who cannot see it.
    """
    shown = [name for name in described if f"{name}.png" in present]
    if not shown:
        return "<p>No plots were in the folder when this page was written; step 3 draws them.</p>"
    seen = numbers or {}
    figures = "".join(_figure(folder, name, (described[name], seen.get(name, "")), present) for name in shown)
    return (
        "<p>Reduced for this page. The full ones, 300 dpi and as vectors, are the files named below each; they lie "
        f'beside this page.</p><div class="gallery">{figures}</div>'
    )


def _figure(folder: Path, name: str, words: tuple[str, str], present: Sequence[str]) -> str:
    files = " and ".join(
        f"<code>{escape(name)}.{ending}</code>" for ending in ("png", "svg") if f"{name}.{ending}" in present
    )
    caption = f"<figcaption>{escape(words[0])} Full size: {files}</figcaption>"
    try:
        content, width, height = _reduced(folder / f"{name}.png")
    except OSError:  # Pillow's own error for what is no picture is one, too
        return f"<figure><p>{escape(name)}.png could not be read.</p>{caption}</figure>"
    address = f"data:image/webp;base64,{base64.b64encode(content).decode('ascii')}"
    picture = f'<img src="{address}" width="{width}" height="{height}" alt="{escape(" ".join(words).strip())}">'
    return f'<figure><button type="button" class="enlarge" title="Enlarge">{picture}</button>{caption}</figure>'


def _reduced(path: Path) -> tuple[bytes, int, int]:
    from PIL import Image

    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    if picture.width > PICTURE_WIDTH:
        height = max(1, round(picture.height * PICTURE_WIDTH / picture.width))
        picture = picture.resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    picture.save(packed, "WEBP", quality=WEBP_QUALITY)
    return packed.getvalue(), picture.width, picture.height
