"""Turn folders of recordings into one ``datasets.Dataset``, and split its clips into training and test parts."""
