from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migrating", "0005_a_column_that_must_not_be_empty")]
    operations = [migrations.AddIndex("note", models.Index(fields=["kind"], name="migrating_note_kind"))]
