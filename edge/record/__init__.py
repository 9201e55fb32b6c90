"""What was seen and said, kept: recordings, answer lines, exports. No pixel outside the scan is ever written."""
