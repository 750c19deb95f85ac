from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migrating", "0003_an_index_at_leisure")]
    operations = [migrations.AddField("note", "kind", models.TextField(db_default=""))]
