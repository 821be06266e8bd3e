"""Looking after a room: open or closed, slow or not, its members and who is on duty."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from project.accounts.models import User
from wellbeing.actions import moderation, rooms
from wellbeing.actions.opening_hours import set_opening_hours
from wellbeing.actions.unmasking import Why
from wellbeing.forms_rooms import DutyForm, HoursForm, MemberForm, NewRoomForm, SlowForm, VersionForm
from wellbeing.hours import hours_of
from wellbeing.models import Message, Room
from wellbeing.queue import members_of, recent_messages
from wellbeing.rooms_access import moderated, moderators_of
from wellbeing.views.rooms import checked
from wellbeing.views.today import me

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@require_safe
@never_cache
@needs(Can.MODERATE)
def room_care(request: HttpRequest, slug: str) -> HttpResponse:
    room = moderated(me(request), slug).room
    context = {
        "room": room,
        "recent": recent_messages(room.pk),
        "members": members_of(room.pk),
        "moderators": moderators_of(room.pk),
        "duties": room.duties.select_related("moderator").exclude(ends_at__lte=timezone.now()),
        "removals": Message.Removal.choices,
        "whys": Why.choices,
        "week": week_of(room),
        "zone": room.time_zone or me(request).time_zone,
    }
    return render(request, "wellbeing/room_care.html", context)


@require_POST
@needs(Can.MODERATE)
def room_new(request: HttpRequest) -> HttpResponse:
    fields = checked(NewRoomForm(request.POST)).cleaned_data
    room = rooms.create_room(
        slug=fields["slug"],
        name=fields["name"],
        kind=fields["kind"] or Room.Kind.TOPIC,
        acting_user=me(request),
        now=timezone.now(),
    )
    messages.success(request, "The room is there. Add its members, and put somebody on duty.")
    return redirect("wellbeing:room-care", room.slug)


@require_POST
@needs(Can.MODERATE)
def room_close(request: HttpRequest, slug: str) -> HttpResponse:
    moderated(me(request), slug)
    version = checked(VersionForm(request.POST)).cleaned_data["version"]
    moderation.close_room(slug, version=version, acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:room-care", slug)


@require_POST
@needs(Can.MODERATE)
def room_reopen(request: HttpRequest, slug: str) -> HttpResponse:
    moderated(me(request), slug)
    version = checked(VersionForm(request.POST)).cleaned_data["version"]
    moderation.reopen_room(slug, version=version, acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:room-care", slug)


@require_POST
@needs(Can.MODERATE)
def room_slow(request: HttpRequest, slug: str) -> HttpResponse:
    moderated(me(request), slug)
    fields = checked(SlowForm(request.POST)).cleaned_data
    moderation.slow_down(
        slug, seconds=fields["seconds"], version=fields["version"], acting_user=me(request), now=timezone.now()
    )
    return redirect("wellbeing:room-care", slug)


@require_POST
@needs(Can.MODERATE)
def room_hours(request: HttpRequest, slug: str) -> HttpResponse:
    moderated(me(request), slug)
    form = checked(HoursForm(request.POST))
    set_opening_hours(
        slug,
        form.hours(),
        time_zone=form.cleaned_data["time_zone"],
        version=form.cleaned_data["version"],
        acting_user=me(request),
        now=timezone.now(),
    )
    return redirect("wellbeing:room-care", slug)


def week_of(room: Room) -> list[tuple[int, str, str, str]]:
    """The seven days for the form: number, name, and the two times as they were filled in."""
    known = {one.weekday: (wall_clock(one.opens), wall_clock(one.closes)) for one in hours_of(room)}
    return [(day, name, *known.get(day, ("", ""))) for day, name in enumerate(WEEK)]


def wall_clock(minutes: int) -> str:
    """`09:30`."""
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


@require_POST
@needs(Can.MODERATE)
def member_add(request: HttpRequest, slug: str) -> HttpResponse:
    room = moderated(me(request), slug).room
    email = checked(MemberForm(request.POST)).cleaned_data["email"]
    person = User.objects.filter(email=email.lower(), is_active=True).first()
    if person is None:
        raise rooms.NotForRooms
    rooms.add_member(room.pk, person.pk, acting_user=me(request), now=timezone.now())
    messages.success(request, "They belong to the room now, under a pseudonym of their own.")
    return redirect("wellbeing:room-care", slug)


@require_POST
@needs(Can.MODERATE)
def member_end(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    ended = rooms.end_membership(membership_id, acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:room-care", ended.room.slug)


@require_POST
@needs(Can.MODERATE)
def duty_add(request: HttpRequest, slug: str) -> HttpResponse:
    room = moderated(me(request), slug).room
    fields = checked(DutyForm(request.POST)).cleaned_data
    now = timezone.now()
    rooms.roster(
        room.pk,
        fields["moderator"],
        starts_at=fields["starts_at"] or now,
        ends_at=fields["ends_at"],
        acting_user=me(request),
        now=now,
    )
    return redirect("wellbeing:room-care", slug)


@require_POST
@needs(Can.MODERATE)
def duty_end(request: HttpRequest, duty_id: UUID) -> HttpResponse:
    duty = rooms.end_duty(duty_id, acting_user=me(request), now=timezone.now())
    return redirect("wellbeing:room-care", duty.room.slug)
