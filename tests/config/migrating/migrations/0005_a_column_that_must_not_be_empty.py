from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migrating", "0004_a_column_with_a_default_of_the_database")]
    operations = [migrations.AddField("note", "place", models.TextField(default="here"))]
