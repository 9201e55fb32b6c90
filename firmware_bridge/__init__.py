"""The wire between the board and the device: one description, a Python codec, a C core. Never imports edge."""
