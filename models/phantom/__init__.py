"""Synthetic lumbosacral ultrasound with exact truth: anatomy, acoustics, the scanner's screen around it."""
