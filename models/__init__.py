"""The model files that tuffier ships, and the phantom they were trained on."""
