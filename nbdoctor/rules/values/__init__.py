"""Values of the wrong kind, number, shape or form."""
