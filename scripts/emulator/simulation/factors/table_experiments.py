"""Metadata of the experiments in the simulated Target Genes tables: they exist there alone."""

from __future__ import annotations

from functools import cache

from .target_tables import FACTORS, experiment_columns

#: ChIP-Atlas's class of each cell type of the simulated tables.
_CLASSES = {
    "HCT_116": "Digestive tract",
    "MCF-7": "Breast",
    "MCF_10A": "Breast",
    "U2OS": "Bone",
    "Saos-2": "Bone",
    "K-562": "Blood",
    "MOLM-13": "Blood",
    "CD4+_T_cells": "Blood",
    "CD8+_T_cells": "Blood",
    "B-cell_(CD19+)": "Blood",
    "Macrophages": "Blood",
    "Dendritic_cells,_plasmacytoid": "Blood",
    "Spleen": "Blood",
    "hESC_H1": "Pluripotent stem cell",
    "mESC_line": "Pluripotent stem cell",
    "Hep_G2": "Liver",
    "Liver": "Liver",
    "IMR-90": "Lung",
    "A549": "Lung",
    "Hippocampus": "Neural",
    "Embryos": "Embryo",
    "Fibroblasts": "Others",
    "MEF": "Embryonic fibroblast",
}


@cache
def table_entries() -> tuple[dict[str, str], ...]:
    """One record per column of every table, under the names of `chipatlas.site.dialects`."""
    entries = []
    for genome, factors in FACTORS.items():
        for factor, known in factors.items():
            for column in experiment_columns(genome, factor, known.experiments) if known.experiments else []:
                accession, cell_type = column.split("|", 1)
                name = f"{factor} ({known.alias})" if known.alias else factor
                entries.append(
                    {
                        "accession": accession,
                        "sra_id": "SIMULATED",
                        "geo_id": "",
                        "genome": genome,
                        "antigen_class": known.antigen_class,
                        "antigen": factor,
                        "cell_type_class": _CLASSES.get(cell_type, "Unclassified"),
                        "cell_type": cell_type.replace("_", " "),
                        "title": f"SIMULATED {name} in {cell_type.replace('_', ' ')}",
                        "attributes": "labels=SIMULATED",
                        "read_info": "-",
                        "cell_type_info": "SIMULATED",
                    }
                )
    return tuple(entries)
