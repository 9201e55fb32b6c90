"""Landmarks become a target, a depth and an angle, or a reason why not. Pure and small: the only room that knows a procedure."""
