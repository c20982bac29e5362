"""Training by gradients, with transformers' Trainer: the project's networks, and top layers of pretrained encoders."""
