"""What answers: Citeproof, a plain pipeline to compare it with, or answers made elsewhere."""
