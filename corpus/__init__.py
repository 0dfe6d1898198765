"""Documents in, text and spans out: loading, normalising, sentences, chunks."""
