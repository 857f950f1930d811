"""The history pages over a real SQLite file."""
