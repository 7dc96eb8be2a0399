"""Imports and distributions: missing, moved, misspelled, or in need of something else; the environment that they are in."""
