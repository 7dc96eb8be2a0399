"""The state of the notebook: what ran, in which order, what was edited since, and what a cell did twice."""
