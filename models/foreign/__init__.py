"""Renderers that are deliberately unlike the phantom: a network trained on several families of shapes does not learn one family."""
