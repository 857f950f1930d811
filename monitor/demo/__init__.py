"""A small corporate blog on loopback and a post's life played against it; the tests' blog too."""
