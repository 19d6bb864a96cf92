"""The mail of the morning: the digest of what the clock started for one reader."""
