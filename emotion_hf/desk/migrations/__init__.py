"""Alembic's migrations of the desk's database; `emotion_hf.desk.database` runs them when a desk is opened."""
