"""From folders of recordings to one ``datasets.Dataset``, and how its clips are split into train and test."""
