"""The annotator: what each sentence is about, by a dependency parser and general rules."""
