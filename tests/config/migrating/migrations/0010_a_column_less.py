from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("migrating", "0009_a_foreign_key")]
    operations = [migrations.RemoveField("note", "place")]
