"""What answers: Citeproof itself, a plain pipeline to compare it with, or answers made elsewhere."""
