"""When somebody has taken or skipped the first steps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_hours_and_absences")]

    operations = [
        migrations.AddField(
            model_name="preferences",
            name="toured_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="took the tour at"),
        ),
    ]
