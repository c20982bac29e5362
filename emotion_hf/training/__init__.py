"""From a recipe to a checkpoint, by transformers Trainer."""
