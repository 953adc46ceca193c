"""Tests of picks, explanations, lineage and exports."""
