"""The model's jobs, a file each: summarize, categorize, options, fix, extract. `doctor.Doctor` leads them."""

from __future__ import annotations
