"""Names that have no value."""
