"""What a number that was measured on some items says about the others."""
