"""Clips, shifts, leases, reviews, flags and the annotation feed."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Claims turn over the head of the queue, and what they leave dead in its indexes every later claim walks past: vacuum
# after 500 dead rows and 0.2 % instead of 50 and 20 %, and the indexes too, which PostgreSQL else leaves for later.
KEEP_LEAN = """
ALTER TABLE reviews_clip SET (
    autovacuum_vacuum_scale_factor = 0.002, autovacuum_vacuum_threshold = 500, vacuum_index_cleanup = on,
    autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE reviews_lease SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
"""
AS_BEFORE = """
ALTER TABLE reviews_clip RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold, vacuum_index_cleanup, autovacuum_analyze_scale_factor
);
ALTER TABLE reviews_lease RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Clip",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("leased", "Leased"),
                            ("reviewed", "Reviewed"),
                            ("quarantined", "Quarantined"),
                            ("erasing", "Erasing"),
                            ("erased", "Erased"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("locale", models.CharField(default="und", max_length=35)),
                ("duration_ms", models.PositiveIntegerField()),
                ("sample_rate", models.PositiveIntegerField()),
                ("channels", models.PositiveSmallIntegerField()),
                ("audio_format", models.CharField(max_length=8)),
                ("byte_size", models.PositiveIntegerField()),
                ("sha256", models.CharField(blank=True, max_length=64, null=True)),
                ("external_ref_hmac", models.BinaryField(max_length=32, unique=True)),
                ("subject_ref_hmac", models.BinaryField(blank=True, max_length=32, null=True)),
                ("sealed_source", models.BinaryField(blank=True, null=True)),
                ("sealed_transcript", models.BinaryField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "trigger",
                    models.CharField(
                        choices=[("wake_word", "Wake Word"), ("button", "Button"), ("unknown", "Unknown")],
                        default="unknown",
                        max_length=10,
                    ),
                ),
                ("predicted_severity", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "predicted_categories",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), blank=True, default=list, size=None
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=0)),
                ("ingested_at", models.DateTimeField()),
                ("queued_at", models.DateTimeField()),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("reviews_wanted", models.PositiveSmallIntegerField(default=1)),
                ("reviews_done", models.PositiveSmallIntegerField(default=0)),
                ("is_in_feed", models.BooleanField(default=False)),
                (
                    "seen_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "open_to_0",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(("predicted_severity__isnull", False), ("predicted_severity__lte", 0)),  # type: ignore[arg-type]  # a Q resolves like an Expression
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "open_to_1",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(  # type: ignore[arg-type]  # a Q resolves like an Expression
                            models.Q(("predicted_severity__isnull", False), ("predicted_severity__lte", 1)),
                            ("predicted_severity__isnull", True),
                            _connector="OR",
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "open_to_2",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(  # type: ignore[arg-type]  # a Q resolves like an Expression
                            models.Q(("predicted_severity__isnull", False), ("predicted_severity__lte", 2)),
                            ("predicted_severity__isnull", True),
                            _connector="OR",
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "is_plain",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Q(("predicted_categories", [])),  # type: ignore[arg-type]  # a Q resolves like an Expression
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "ingested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["locale", "is_plain", "-priority", "queued_at", "id"],
                        name="queue_open_to_3",
                    ),
                    models.Index(
                        condition=models.Q(("open_to_2", True), ("state", "queued")),
                        fields=["locale", "is_plain", "-priority", "queued_at", "id"],
                        name="queue_open_to_2",
                    ),
                    models.Index(
                        condition=models.Q(("open_to_1", True), ("state", "queued")),
                        fields=["locale", "is_plain", "-priority", "queued_at", "id"],
                        name="queue_open_to_1",
                    ),
                    models.Index(
                        condition=models.Q(("open_to_0", True), ("state", "queued")),
                        fields=["locale", "is_plain", "-priority", "queued_at", "id"],
                        name="queue_open_to_0",
                    ),
                    models.Index(
                        condition=models.Q(("subject_ref_hmac__isnull", False)),
                        fields=["subject_ref_hmac"],
                        name="clip_by_subject",
                    ),
                    models.Index(
                        condition=models.Q(("state", "reviewed")), fields=["reviewed_at"], name="clip_kept_since"
                    ),
                    models.Index(
                        condition=models.Q(("is_in_feed", True), ("state__in", ["quarantined", "erasing", "erased"])),
                        fields=["id"],
                        name="clip_to_withdraw",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "leased", "reviewed", "quarantined", "erasing", "erased"])
                        ),
                        name="clip_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("trigger__in", ["wake_word", "button", "unknown"])),
                        name="clip_trigger_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("predicted_severity", None), ("predicted_severity__lte", 3), _connector="OR"
                        ),
                        name="clip_severity_0_to_3",
                    ),
                    models.CheckConstraint(condition=models.Q(("priority__lte", 9)), name="clip_priority_0_to_9"),
                    models.CheckConstraint(
                        condition=models.Q(("reviews_wanted__gte", 1), ("reviews_wanted__lte", 3)),
                        name="clip_wants_1_to_3_reviews",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "erased"), _negated=True),
                            models.Q(
                                ("sealed_source", None),
                                ("sealed_transcript", None),
                                ("sha256", None),
                                ("subject_ref_hmac", None),
                            ),
                            _connector="OR",
                        ),
                        name="clip_erased_keeps_nothing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("paused_since", models.DateTimeField(blank=True, null=True)),
                ("max_clips", models.PositiveSmallIntegerField()),
                ("clips_used", models.PositiveSmallIntegerField(default=0)),
                ("extra_heavy_asked", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shifts", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "ended"), _negated=True),
                        fields=["ends_at"],
                        name="shift_live_by_end",
                    ),
                    models.Index(fields=["person", "-started_at"], name="shift_history"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ended"), _negated=True),
                        fields=("person",),
                        name="one_live_shift_per_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "paused", "ended"])), name="shift_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("max_clips__lte", 1000)), name="shift_at_most_1000_clips"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("clips_used__gte", 0), ("clips_used__lte", models.F("max_clips"))),
                        name="shift_quota_never_exceeded",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("started_at"))), name="shift_ends_after_start"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state", "ended")),
                            models.Q(models.Q(("state", "ended"), _negated=True), ("ended_at", None)),
                            _connector="OR",
                        ),
                        name="shift_ended_has_its_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "paused"), _negated=True),
                            ("paused_since__isnull", False),
                            _connector="OR",
                        ),
                        name="shift_paused_since",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("live", "Live"),
                            ("reviewed", "Reviewed"),
                            ("skipped", "Skipped"),
                            ("released", "Released"),
                            ("expired", "Expired"),
                            ("recalled", "Recalled"),
                        ],
                        default="live",
                        max_length=8,
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="leases", to="reviews.shift"
                    ),
                ),
                ("claimed_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("sound_served_at", models.DateTimeField(blank=True, null=True)),
                ("original_served_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="leases", to="reviews.clip"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "live")), fields=["person"], name="lease_live_by_person"),
                    models.Index(
                        condition=models.Q(("state", "live")), fields=["expires_at"], name="lease_live_by_expiry"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "live")), fields=("clip",), name="one_live_lease_per_clip"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["live", "reviewed", "skipped", "released", "expired", "recalled"])
                        ),
                        name="lease_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("claimed_at"))), name="lease_expires_after_claim"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "live")),
                            models.Q(models.Q(("state", "live"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="lease_over_has_its_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("reviewed_at", models.DateTimeField()),
                (
                    "activation",
                    models.CharField(
                        choices=[("right", "Right"), ("false", "False"), ("unclear", "Unclear")], max_length=8
                    ),
                ),
                ("severity", models.PositiveSmallIntegerField()),
                ("is_blind", models.BooleanField(default=False)),
                ("sealed_findings", models.BinaryField(blank=True, null=True)),
                ("is_offered", models.BooleanField(default=False)),
                ("is_listed", models.BooleanField(default=False)),
                (
                    "clip",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="reviews.clip",
                    ),
                ),
                (
                    "lease",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review", to="reviews.lease"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_listed", False), ("is_offered", True)),
                        fields=["reviewed_at", "id"],
                        name="review_waits_for_feed",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("clip", "person"), name="nobody_reviews_a_clip_twice"),
                    models.CheckConstraint(condition=models.Q(("severity__lte", 3)), name="review_severity_0_to_3"),
                    models.CheckConstraint(
                        condition=models.Q(("activation__in", ["right", "false", "unclear"])),
                        name="review_activation_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("critical", "Critical"), ("criminal", "Criminal")], max_length=8)),
                ("category", models.CharField(max_length=20)),
                ("start_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("end_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("is_danger_now", models.BooleanField(default=False)),
                ("sealed_note", models.BinaryField(blank=True, null=True)),
                ("raised_at", models.DateTimeField()),
                (
                    "clip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="reviews.clip"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="flags", to="reviews.review"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["critical", "criminal"])), name="flag_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "category__in",
                                [
                                    "address",
                                    "bank_account",
                                    "child",
                                    "credential",
                                    "email",
                                    "other",
                                    "payment_card",
                                    "phone",
                                    "sexual_violence",
                                    "threat",
                                    "violence",
                                ],
                            )
                        ),
                        name="flag_category_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_ms", None), ("start_ms", None)),
                            ("start_ms__lt", models.F("end_ms")),
                            _connector="OR",
                        ),
                        name="flag_span_runs_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedEntry",
            fields=[
                ("sequence", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("annotation", "Annotation"), ("withdrawal", "Withdrawal")], max_length=10
                    ),
                ),
                ("listed_at", models.DateTimeField()),
                (
                    "clip",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="feed_entries", to="reviews.clip"
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reviews.review",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "annotation")), fields=("review",), name="feed_lists_a_review_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "withdrawal")), fields=("clip",), name="feed_withdraws_a_clip_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "annotation"), ("review__isnull", False)),
                            models.Q(("kind", "withdrawal"), ("review", None)),
                            _connector="OR",
                        ),
                        name="feed_annotation_has_its_review",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP_LEAN, AS_BEFORE),
    ]
