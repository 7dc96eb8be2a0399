"""Ray: errors in tasks and actors, and calls that Ray does not take."""
