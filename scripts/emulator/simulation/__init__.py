"""The simulation behind the embedded ChIP-Atlas: seeded, computed when asked for, the same on every run."""
