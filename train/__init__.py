"""Commands such as python -m train.finetune and python -m train.evaluate."""
