"""The works a report asks its reader to cite; DOIs checked against the publisher's pages and ChIP-Atlas's own list."""

CHIP_ATLAS_2024 = (
    "Zou Z, Ohta T, Oki S (2024). ChIP-Atlas 3.0: a data-mining suite to explore chromosome architecture together "
    "with large-scale regulome data. Nucleic Acids Research 52(W1):W45-W53. doi:10.1093/nar/gkae358"
)
CHIP_ATLAS_2022 = (
    "Zou Z, Ohta T, Miura F, Oki S (2022). ChIP-Atlas 2021 update: a data-mining suite for exploring epigenomic "
    "landscapes by fully integrating ChIP-seq, ATAC-seq and Bisulfite-seq data. "
    "Nucleic Acids Research 50(W1):W175-W182. doi:10.1093/nar/gkac199"
)
CHIP_ATLAS_2018 = (
    "Oki S, Ohta T, Shioi G, et al. (2018). ChIP-Atlas: a data-mining suite powered by full integration of public "
    "ChIP-seq data. EMBO Reports 19(12):e46255. doi:10.15252/embr.201846255"
)
EDGER = (
    "Robinson MD, McCarthy DJ, Smyth GK (2010). edgeR: a Bioconductor package for differential expression analysis "
    "of digital gene expression data. Bioinformatics 26(1):139-140. doi:10.1093/bioinformatics/btp616"
)
METILENE = (
    "Jühling F, Kretzmer H, Bernhart SH, et al. (2016). metilene: fast and sensitive calling of differentially "
    "methylated regions from bisulfite sequencing data. Genome Research 26(2):256-262. doi:10.1101/gr.196394.115"
)
MACS = (
    "Zhang Y, Liu T, Meyer CA, et al. (2008). Model-based analysis of ChIP-Seq (MACS). "
    "Genome Biology 9:R137. doi:10.1186/gb-2008-9-9-r137"
)
STRING = (
    "Szklarczyk D, Kirsch R, Koutrouli M, et al. (2023). The STRING database in 2023: protein-protein association "
    "networks and functional enrichment analyses for any sequenced genome of interest. "
    "Nucleic Acids Research 51(D1):D638-D646. doi:10.1093/nar/gkac1000"
)
EDGER_GLM = (
    "McCarthy DJ, Chen Y, Smyth GK (2012). Differential expression analysis of multifactor RNA-Seq experiments with "
    "respect to biological variation. Nucleic Acids Research 40(10):4288-4297. doi:10.1093/nar/gks042"
)
REFSEQ = (
    "O'Leary NA, Wright MW, Brister JR, et al. (2016). Reference sequence (RefSeq) database at NCBI: current status, "
    "taxonomic expansion, and functional annotation. Nucleic Acids Research 44(D1):D733-D745. doi:10.1093/nar/gkv1189"
)
UCSC = (
    "Kent WJ, Sugnet CW, Furey TS, et al. (2002). The human genome browser at UCSC. "
    "Genome Research 12(6):996-1006. doi:10.1101/gr.229102"
)
BLACKLIST = (
    "Amemiya HM, Kundaje A, Boyle AP (2019). The ENCODE Blacklist: identification of problematic regions of the "
    "genome. Scientific Reports 9:9354. doi:10.1038/s41598-019-45839-z"
)
