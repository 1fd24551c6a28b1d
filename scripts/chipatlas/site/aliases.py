"""Common names of factors that are no official symbols: for suggestions, never asked for in their place."""

from __future__ import annotations

import re

from ..assemblies import get_assembly

#: Official human symbols -> the names by which people know them. Greek letters may be spelled out or not.
_NAMES = {
    ("TP53",): "p53",
    ("TP63",): "p63 dNp63 deltaNp63",
    ("TP73",): "p73",
    ("TP53BP1",): "53BP1",
    ("POU5F1",): "OCT4 OCT3 OCT3/4",
    ("HIF1A",): "HIF1 HIF-1 HIF1-alpha",
    ("EPAS1",): "HIF2 HIF2-alpha",
    ("ARNT",): "HIF1-beta",
    ("RELA", "NFKB1"): "NF-kB NF-kappaB NFkB",
    ("RELA",): "p65 NF-kB-p65 NFkB-p65",
    ("NFKB1",): "p50 NF-kB-p50 p105",
    ("NFKB2",): "p52 NF-kB-p52 p100",
    ("MYC",): "c-Myc",
    ("MYCN",): "N-Myc",
    ("MYCL",): "L-Myc",
    ("ESR1",): "ER ER-alpha estrogen-receptor oestrogen-receptor estrogen-receptor-alpha",
    ("ESR2",): "ER-beta estrogen-receptor-beta",
    ("NR3C1",): "GR glucocorticoid-receptor",
    ("NR3C2",): "MR mineralocorticoid-receptor",
    ("PGR",): "PR progesterone-receptor",
    ("AR",): "androgen-receptor",
    ("VDR",): "vitamin-D-receptor",
    ("NR1H3", "NR1H2"): "LXR",
    ("NR1H3",): "LXR-alpha",
    ("NR1H2",): "LXR-beta",
    ("NR1H4",): "FXR",
    ("NR1D1",): "Rev-erb Rev-erb-alpha",
    ("NR2F1",): "COUP-TF1 COUP-TFI",
    ("NR2F2",): "COUP-TF2 COUP-TFII",
    ("ESRRA",): "ERR-alpha",
    ("RORC",): "ROR-gamma ROR-gamma-t RORgt",
    ("SPI1",): "PU.1",
    ("TBX21",): "T-bet",
    ("TBXT",): "brachyury",
    ("PRDM1",): "Blimp1",
    ("BCL11B",): "CTIP2",
    ("IKZF1",): "Ikaros",
    ("IKZF2",): "Helios",
    ("IKZF3",): "Aiolos",
    ("SMARCA4",): "BRG1",
    ("SMARCA2",): "BRM",
    ("SMARCB1",): "INI1 SNF5 BAF47",
    ("SMARCC1",): "BAF155",
    ("SMARCC2",): "BAF170",
    ("JUN", "FOS"): "AP-1",
    ("JUN",): "c-Jun",
    ("FOS",): "c-Fos",
    ("EP300",): "p300",
    ("CREBBP",): "CBP",
    ("KDM1A",): "LSD1",
    ("KDM5A",): "JARID1A RBP2",
    ("KDM5B",): "JARID1B PLU1",
    ("KDM6A",): "UTX",
    ("KDM6B",): "JMJD3",
    ("REST",): "NRSF",
    ("NFE2L2",): "NRF2",
    ("SREBF1",): "SREBP1 SREBP1c",
    ("SREBF2",): "SREBP2",
    ("FOXA1",): "HNF3-alpha HNF3A",
    ("FOXA2",): "HNF3-beta HNF3B",
    ("HNF4A",): "HNF4 HNF4-alpha",
    ("HNF1A",): "HNF1 HNF1-alpha",
    ("CEBPA",): "C/EBP-alpha CEBP-alpha",
    ("CEBPB",): "C/EBP-beta CEBP-beta",
    ("CEBPD",): "C/EBP-delta CEBP-delta",
    ("CEBPA", "CEBPB"): "C/EBP CEBP",
    ("KLF1",): "EKLF",
    ("TAL1",): "SCL SCL/TAL1",
    ("RUNX1",): "AML1 CBFA2",
    ("RUNX2",): "CBFA1",
    ("RUNX3",): "AML2",
    ("KMT2A",): "MLL MLL1",
    ("KMT2D",): "MLL4",
    ("EHMT2",): "G9a",
    ("RB1",): "Rb pRb",
    ("SNAI1",): "Snail",
    ("SNAI2",): "Slug",
    ("NKX2-1",): "TTF1",
    ("NCOR1",): "NCoR",
    ("NCOR2",): "SMRT",
    ("NCOA1",): "SRC1",
    ("NCOA3",): "SRC3 AIB1",
    ("MED1",): "TRAP220",
    ("RAD21", "SMC3", "SMC1A"): "cohesin",
    ("RAD21",): "SCC1",
    ("RNF2",): "RING1B",
    ("PCGF4", "BMI1"): "BMI-1",
    ("PCGF2",): "MEL18",
    ("KAT5",): "TIP60",
    ("KAT2A",): "GCN5",
    ("KAT2B",): "PCAF",
    ("KAT8",): "MOF",
    ("CBX5",): "HP1-alpha",
    ("CBX1",): "HP1-beta",
    ("CBX3",): "HP1-gamma",
    ("TCF3",): "E2A E47 E12",
    ("TCF7",): "TCF1",
    ("CTNNB1",): "beta-catenin",
    ("YAP1",): "YAP",
    ("WWTR1",): "TAZ",
    ("NOTCH1",): "NICD NICD1",
    ("RBPJ",): "CSL RBP-J-kappa CBF1",
    ("STAT5A", "STAT5B"): "STAT5",
    ("SMAD2", "SMAD3"): "SMAD2/3",
    ("MAF",): "c-Maf",
    ("MYB",): "c-Myb",
    ("MYBL1",): "A-Myb",
    ("MYBL2",): "B-Myb",
    ("ETV1",): "ER81",
    ("ETV4",): "PEA3",
    ("ETV6",): "TEL",
    ("MYOD1",): "MyoD",
    ("ASCL1",): "MASH1",
    ("NEUROG2",): "NGN2",
    ("MEN1",): "menin",
    ("TERF1",): "TRF1",
    ("TERF2",): "TRF2",
    ("YY1",): "Yin-Yang-1",
}
#: Mouse and rat symbols that are not the human one with other capitals.
_RODENT = {"TP53": "Trp53", "TP63": "Trp63", "TP73": "Trp73"}
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "ζ": "zeta"}
_SHORT_GREEK = {"alpha": "a", "beta": "b", "gamma": "g", "delta": "d", "kappa": "k"}


def symbols_of(name: str, genome: str) -> list[str]:
    """Official symbols that a common name stands for, as the genome's species writes them; none when it is no alias.

    Case, separators and the spelling of Greek letters do not matter: ``HIF-1α``, ``HIF1alpha`` and ``hif1a`` are one.
    Human, mouse and rat alone: the names are those of mammals.
    """
    organism = get_assembly(genome).organism
    symbols = _BY_KEY.get(_key(name), ())
    if organism == "Homo sapiens":
        return list(symbols)
    if organism in ("Mus musculus", "Rattus norvegicus"):
        return [_RODENT.get(symbol, symbol.capitalize()) for symbol in symbols]
    return []


def names_of(symbol: str) -> list[str]:
    """The common names of an official symbol of any mammal."""
    human = next((own for own, rodent in _RODENT.items() if rodent == symbol), symbol.upper())
    return [name for symbols, names in _NAMES.items() if human in symbols for name in names.split()]


def _key(name: str) -> str:
    text = name.casefold()
    for letter, spelled in _GREEK.items():
        text = text.replace(letter, spelled)
    text = re.sub(r"[^a-z0-9]", "", text)
    for spelled, short in _SHORT_GREEK.items():
        text = text.replace(spelled, short)
    return text


_BY_KEY = {_key(name): symbols for symbols, names in _NAMES.items() for name in names.split()}
