"""Cells that Python cannot read: what is wrong, and the edit where exactly one repair parses."""
