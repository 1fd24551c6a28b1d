"""ChIP-Atlas Skills: differential regions and target genes from public ChIP-Atlas experiments."""

__version__ = "0.1.0"
