"""Attributes and arguments: what an object has, what a function takes, and what became of what they had or took."""
