"""Training by gradients, with transformers' Trainer: networks of our own, and the top of a pretrained encoder."""
