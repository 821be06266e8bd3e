"""The feed: whatever is not reviewed any more is withdrawn, and may come back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reviews", "0006_erasure_followed_by")]

    operations = [
        migrations.RemoveConstraint(model_name="feedentry", name="feed_lists_a_review_once_a_version"),
        migrations.RemoveConstraint(model_name="feedentry", name="feed_withdraws_a_version_once"),
        migrations.RemoveIndex(model_name="clip", name="clip_to_withdraw"),
        migrations.AddIndex(
            model_name="clip",
            index=models.Index(
                condition=models.Q(("is_in_feed", True), models.Q(("state", "reviewed"), _negated=True)),
                fields=["id"],
                name="clip_to_withdraw",
            ),
        ),
    ]
