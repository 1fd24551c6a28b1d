"""ChIP-Atlas Skills: differential regions and target genes from public ChIP-Atlas experiments."""

from .common.error_report import install_hook

__version__ = "0.1.0"

install_hook()
