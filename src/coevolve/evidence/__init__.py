"""What is known: panels, accounts, networks and fits, always with their labels."""
