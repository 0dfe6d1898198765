"""`citeproof eval`: measuring answers, offline. Heavy imports stay inside commands."""
