"""How a Diagnosis is shown where there is no card: a terminal's text."""
