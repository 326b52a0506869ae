"""What feeds what? Consumption coefficients, linkages, chains, and how they move (Tong & Wang, section 3.2)."""
