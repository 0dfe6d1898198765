"""What may be said, and from which spans, fixed before any sentence is written."""
