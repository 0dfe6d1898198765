"""Public data sets, one reader a file: each takes a folder and gives a `Dataset`."""
