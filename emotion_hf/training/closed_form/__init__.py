"""Training in closed form: embeddings of a frozen encoder, and a linear head computed from them by a formula."""
