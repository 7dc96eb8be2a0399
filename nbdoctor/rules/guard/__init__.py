"""What no fix may do, whoever proposes it: `objection` looks at a whole fix, `refusal` at a new text of the failing cell."""

from .refusal import (
    INVALID,
    UNCHANGED,
    Allowance,
    Granted,
    failing_lines,
    granted,
    is_unchanged,
    magics,
    objection,
    refusal,
)

__all__ = [
    "INVALID",
    "UNCHANGED",
    "Allowance",
    "Granted",
    "failing_lines",
    "granted",
    "is_unchanged",
    "magics",
    "objection",
    "refusal",
]
