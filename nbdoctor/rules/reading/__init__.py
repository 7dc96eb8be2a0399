"""What the text of cells says: names, statements, what they change, and what ran before. Nothing here draws a conclusion."""
