"""The tests; support modules are imported by their full name, such as `tests.net.hostile`."""
