from django.db import migrations, models

INDEX = models.Index(fields=["source"], name="migrating_note_source")


def make_index(apps, schema_editor):
    # On PostgreSQL without a lock, and outside of a transaction; what an attempt before left behind goes first.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET lock_timeout = 0")
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS migrating_note_source")
        schema_editor.execute('CREATE INDEX CONCURRENTLY migrating_note_source ON migrating_note ("source")')
    else:
        schema_editor.add_index(apps.get_model("migrating", "note"), INDEX)


def drop_index(apps, schema_editor):
    schema_editor.execute("DROP INDEX migrating_note_source")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("migrating", "0002_a_column_that_may_be_empty")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_index, drop_index)],
            state_operations=[migrations.AddIndex("note", INDEX)],
        ),
    ]
