from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migrating", "0001_initial")]
    operations = [migrations.AddField("note", "source", models.TextField(null=True))]
