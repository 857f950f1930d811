"""The commands. Results go to stdout, all else to stderr; heavy imports stand inside the commands."""
