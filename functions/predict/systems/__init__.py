"""The prediction systems: each turns a slate's features into whole distributions, and nothing else."""
