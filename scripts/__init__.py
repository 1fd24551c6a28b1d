"""ChIP-Atlas Skills: differential regions and target genes from public ChIP-Atlas experiments."""

from .common.error_report import install_hook
from .common.invocation import refuse_a_second_name

__version__ = "0.1.0"
DISTRIBUTION = "chip-atlas-skills"

refuse_a_second_name()
install_hook()
