"""Accessions of experiments."""

from __future__ import annotations

import re

#: An experiment of the Sequence Read Archive (NCBI, EBI or DDBJ), or a sample of GEO.
ACCESSION = re.compile(r"^(?:[SED]RX|GSM)[0-9]{1,12}$")
