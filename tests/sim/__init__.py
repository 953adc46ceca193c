"""A deterministic simulator of the completion protocol: the real `handle`, a virtual clock, and every fault by seed."""
