"""Talks to any OpenAI-compatible model server over HTTP. Knows nothing of notebooks."""

from __future__ import annotations
