"""Pure analyses: arrays and nouns in, frozen judgements out."""
