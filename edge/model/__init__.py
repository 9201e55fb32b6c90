"""A scan becomes a tensor, and the network's output landmarks. A model file is checked whole before a runtime sees it."""
