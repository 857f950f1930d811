"""PURE. Facts over time become what happened; `now` is an argument. No network, no disk, no clock."""
