from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("migrating", "0007_another_name")]
    operations = [
        migrations.AddConstraint("note", models.CheckConstraint(condition=~Q(words=""), name="migrating_note_words"))
    ]
