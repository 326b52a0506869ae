"""One file, one study: read it, run it from top to bottom, keep what was answered."""
