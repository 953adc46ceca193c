"""Tests of training, its gates and the ablations."""
