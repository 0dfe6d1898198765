"""How fast it is, and how much memory it takes, beside named floors of the same run."""
