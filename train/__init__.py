"""Entries: python -m train.finetune, python -m train.evaluate."""
