"""Plugins of the whole suite."""

pytest_plugins = ["pytest_jupyter.jupyter_server"]
