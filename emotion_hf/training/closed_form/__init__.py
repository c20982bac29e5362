"""Training in closed form: embeddings of a frozen encoder, and the linear head that a formula gives for them."""
