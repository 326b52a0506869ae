"""How we compute: arrays in, arrays out; knows none of our nouns."""
