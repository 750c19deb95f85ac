from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("migrating", "0006_an_index_at_once")]
    operations = [migrations.RenameField("note", "text", "words")]
