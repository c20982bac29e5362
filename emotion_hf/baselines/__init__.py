"""Classical baselines: engineered features or frozen embeddings, and scikit-learn's estimators on them."""
