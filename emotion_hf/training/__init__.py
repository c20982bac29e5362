"""Training: turns a recipe and corpora into a checkpoint, by gradients or in closed form."""
