"""PURE. Bytes become facts: listings, pages, articles, verdicts, diffs. No clock, no network."""
