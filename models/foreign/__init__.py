"""Pictures of the ten views from renderers that share nothing with the phantom.

The rule: a renderer here neither reads nor imports models/phantom nor another renderer,
so that a network trained on both learns what is common to them: the views.
"""
