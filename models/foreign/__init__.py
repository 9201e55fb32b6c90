"""Frames of renderers that are foreign to the phantom: the yardstick. Rule: no network is ever trained on them."""
