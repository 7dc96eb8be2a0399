"""What people did with fixes, kept on their machine: see ``docs/corrections.md``."""
