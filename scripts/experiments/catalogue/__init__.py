"""Every experiment of ChIP-Atlas on this machine: one Parquet file an assembly, asked offline."""
