"""Who says whether a text supports a sentence, each with its record against people."""
