"""The effect along the genome: what copy number does to a comparison is seen here and in no other plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...common.plotting.drawing import caption, prism_theme
from ...common.text import plural
from ..qc.shifts import find_shifts, segment_medians
from ..results.loci import label_loci, one_per_locus
from .region_plots import HEIGHT, legend_keys, nothing_to_draw, with_points
from .view import PlotView

WIDTH = 11.0  # inches
#: Effects beyond this quantile of all are drawn at the edge: a few of them must not flatten the genome.
_QUANTILE = 0.999
#: Gap between two chromosomes, of the genome's length.
_GAP = 0.004
#: Part of the axis that the line of a shifted stretch takes at least.
_SHORTEST_LINE = 0.008
_MEDIAN_COLOR, _SHIFT_COLOR, _BAND_COLOR = "#222222", "#B00020", "#F2F2F2"


def genome_profile(view: PlotView) -> Any:
    """Every tested region at its place, the medians of the stretches that segmentation finds, shifted ones in red."""
    import plotnine as p9

    what = "Effect along the genome"
    places = genome_places(view)
    if places.empty:
        return nothing_to_draw(view, what, "No regions on standard chromosomes")
    effect = view.analysis.effect
    loci = one_per_locus(view.regions, None, label_loci(view.regions))
    loci = loci[loci["chrom"].isin(places.index)]
    medians = _placed(segment_medians(loci, effect), places)
    shifts = _placed(
        pd.DataFrame([vars(one) for one in find_shifts(loci, effect)], columns=["chrom", "start", "end"]), places
    )
    known = view.regions["chrom"].isin(places.index).to_numpy()
    x = view.regions["chrom"].map(places["offset"]).to_numpy(float) + view.regions["chromStart"].to_numpy(float)
    values = view.regions[effect].to_numpy(float)
    reach = float(np.nanquantile(np.abs(values[known]), _QUANTILE)) or 1.0
    beyond = int((np.abs(values[known]) > reach).sum())
    notes = ["Black: median of each stretch. Red: stretches whose tested loci are shifted together"]
    if beyond:
        notes.append(f"{plural(beyond, 'region')} beyond the axis drawn at its edge")
    note = "; ".join(notes)
    bands = places.iloc[::2]
    plot = (
        p9.ggplot(legend_keys(view, "x", "y"), p9.aes("x", "y", color="status"))
        + p9.geom_point(alpha=0, stroke=0)
        + view.color_scale()
        + p9.geom_rect(
            p9.aes(xmin="offset", xmax="stop", ymin=-np.inf, ymax=np.inf),
            data=bands,
            inherit_aes=False,
            fill=_BAND_COLOR,
        )
        + p9.geom_hline(yintercept=0, color="#999999", size=0.4)
        + _lines(medians, _MEDIAN_COLOR, 0.9)
        + _lines(_seen(_of_shifts(shifts, medians), float(places["stop"].max())), _SHIFT_COLOR, 1.8)
        + p9.scale_x_continuous(
            breaks=((places["offset"] + places["stop"]) / 2).tolist(),
            labels=[name.removeprefix("chr") for name in places.index],
            limits=(0, float(places["stop"].max())),
            expand=(0.005, 0),
        )
        + p9.scale_y_continuous(limits=(-1.05 * reach, 1.05 * reach), expand=(0, 0))
        + p9.labs(title=view.title(what), x="Chromosome", y=view.effect_axis(), color="")
        + p9.labs(caption=caption(view.simulated, note))
        + prism_theme(width=WIDTH, height=HEIGHT)
        + p9.theme(axis_text_x=p9.element_text(size=7))
    )
    drawn = np.where(known, np.clip(values, -reach, reach), np.nan)
    return with_points(plot, view, pd.Series(x), pd.Series(drawn), zorder=3)


def genome_places(view: PlotView) -> pd.DataFrame:
    """Where each standard chromosome begins and ends on the axis.

    Returns
    -------
    DataFrame
        Indexed by chromosome, in karyotype order: ``offset``, ``stop``. A chromosome is as long as its regions reach.
    """
    lengths = view.regions.groupby("chrom")["chromEnd"].max()
    organelles = set(view.assembly.organelles)
    shown = [name for name in view.assembly.display_order if name in lengths.index and name not in organelles]
    gap = _GAP * float(lengths[shown].sum())
    offsets, at = [], 0.0
    for name in shown:
        offsets.append(at)
        at += float(lengths[name]) + gap
    places = pd.DataFrame({"offset": offsets}, index=shown, dtype=float)
    return places.assign(stop=places["offset"] + lengths[shown].astype(float))


def _placed(stretches: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    offset = stretches["chrom"].map(places["offset"]).astype(float)
    return stretches.assign(left=offset + stretches["start"], right=offset + stretches["end"])


def _of_shifts(shifts: pd.DataFrame, medians: pd.DataFrame) -> pd.DataFrame:
    """The stretches that lie in a shifted one."""
    inside = np.zeros(len(medians), dtype=bool)
    for left, right in zip(shifts["left"], shifts["right"], strict=True):
        middle = (medians["left"] + medians["right"]) / 2
        inside |= ((middle >= left) & (middle <= right)).to_numpy(bool)
    return medians[inside]


def _seen(stretches: pd.DataFrame, size: float) -> pd.DataFrame:
    """Stretches long enough to be seen on an axis of this size."""
    more = np.maximum(_SHORTEST_LINE * size - (stretches["right"] - stretches["left"]), 0) / 2
    return stretches.assign(left=stretches["left"] - more, right=stretches["right"] + more)


def _lines(stretches: pd.DataFrame, color: str, size: float) -> Any:
    import plotnine as p9

    if stretches.empty:
        return []
    return [
        p9.geom_segment(
            p9.aes(x="left", xend="right", y="median", yend="median"),
            data=stretches,
            inherit_aes=False,
            color=color,
            size=size,
        )
    ]
