"""Keys, columns, labels and positions."""
