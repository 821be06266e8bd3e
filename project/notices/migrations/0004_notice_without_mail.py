from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_mail_becomes_sends")]

    operations = [
        migrations.RemoveIndex(model_name="notice", name="notices_to_mail"),
        migrations.RemoveField(model_name="notice", name="mail"),
        migrations.RemoveField(model_name="notice", name="mail_attempts"),
        migrations.RemoveField(model_name="notice", name="mail_error"),
        migrations.RemoveField(model_name="notice", name="mail_next_at"),
    ]
