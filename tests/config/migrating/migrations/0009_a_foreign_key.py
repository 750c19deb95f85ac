from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("migrating", "0008_a_constraint_at_once")]
    operations = [
        migrations.AddField(
            "note", "answers", models.ForeignKey("migrating.note", models.CASCADE, null=True, db_index=False)
        )
    ]
