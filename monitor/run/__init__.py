"""The story of a pass: joins the rooms. Time, randomness, the network and the disk meet here alone."""
