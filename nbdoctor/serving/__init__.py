"""Starts, watches and stops a model server, which is a process of its own in an environment of its own: `nbdoctor serve`."""
