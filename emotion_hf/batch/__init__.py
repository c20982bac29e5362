"""Score very many recordings into Parquet files, each content once, on all cores of a machine or of a cluster.

``places`` and ``tables`` find the recordings, ``work`` leaves out what is known, an engine (``processes`` or
``cluster``) scores the rest, and ``store`` writes the rows. ``run`` connects them.

Example:
    >>> from emotion_hf.batch.run import run  # doctest: +SKIP
    >>> run(find_places(["recordings"]), Path("results"), engine).scored  # doctest: +SKIP
    1440
"""
