"""The local page. It shows the newest answer with its scan, and nothing else of the screen."""
