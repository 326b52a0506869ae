"""The science: one folder a theme, and no theme knows another."""
