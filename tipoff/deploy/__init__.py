"""Deploys that cannot lie: what is applied is committed, is recorded with its hashes, and answers for itself."""
