"""Trials: a candidate runs in a confined fork of the live kernel before it is shown.

`trials` decides when, `child` is what the fork does, `watcher` hears and ends it, `judge` makes the Verdict. `confine` puts
up the walls: `landlock`, `seccomp`, `namespaces`, by way of `libc`. See docs/trials.md for what is guaranteed.
"""
