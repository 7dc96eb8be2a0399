"""The model's jobs, a file each: summarize, categorize, fix. `doctor.Doctor` leads them."""

from __future__ import annotations
