"""Run the migrations on the connection that `emotion_hf.desk.database` passes; Alembic executes this file."""

from alembic import context

from emotion_hf.desk.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot change a column in place
)
with context.begin_transaction():
    context.run_migrations()
