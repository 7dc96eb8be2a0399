"""The Jupyter Server extension, and the service behind it that the command line shares."""
