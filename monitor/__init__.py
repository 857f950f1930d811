"""postwatch: watches corporate blogs and tells what was removed, reinstated, edited or moved.

The house (docs/architecture.md has the plan): bytes become facts in `read`, facts become
decisions in `decide`, and everything that touches the world sits round those two pure rooms.
"""

__version__ = "0.1.0"
