"""Ground floor: errors, clock, ids, norms and the two storage ports. Imports nothing of ours."""
