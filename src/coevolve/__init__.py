"""coevolve."""
