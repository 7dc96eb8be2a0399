"""Kernels that died: they leave no traceback, so what the system knows of them is kept while they live."""
