"""What a plane cuts, by view: a subject's bones, lines and tissues as sections in millimetres. Rule: nothing here knows of sound or pixels."""
