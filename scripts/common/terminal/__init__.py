"""What a run shows of its progress, and how it ends when somebody interrupts it."""
