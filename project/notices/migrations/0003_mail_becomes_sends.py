from django.db import migrations

# What was told is in the app since then; mail keeps its outcome. What waits is given up three days from its creation.
FORWARDS = """
INSERT INTO notices_send (id, notice_id, channel, target, urgent, state, attempts, created_at, done_at, error)
SELECT gen_random_uuid(), id, 'in_app', '', false, 'sent', 1, created_at, created_at, '' FROM notices_notice;
INSERT INTO notices_send
  (id, notice_id, channel, target, urgent, state, attempts, created_at, next_at, give_up_at, done_at, error)
SELECT gen_random_uuid(), id, 'email', '', false, mail, mail_attempts, created_at,
  CASE WHEN mail = 'waiting' THEN coalesce(mail_next_at, created_at) END, created_at + interval '3 days',
  CASE WHEN mail <> 'waiting' THEN created_at END, mail_error
FROM notices_notice WHERE mail <> 'none';
"""
BACKWARDS = """
UPDATE notices_notice AS n SET mail = CASE s.state WHEN 'dropped' THEN 'failed' ELSE s.state END,
  mail_attempts = s.attempts, mail_next_at = s.next_at, mail_error = s.error
FROM notices_send AS s WHERE s.notice_id = n.id AND s.channel = 'email';
DELETE FROM notices_send;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0002_sends_and_quiet_hours")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
