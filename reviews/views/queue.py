"""The supervisor's view of the queue: depth, age, what is on desks; priority and recall. No clip opens here."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from project.accounts.models import User
from project.problems import Invalid
from reviews.actions import queues, skills
from reviews.errors import LeaseOver
from reviews.forms import PriorityForm, SkillsForm

MOST_LEASES_SHOWN = 200
MOST_PEOPLE_SHOWN = 500


@require_safe
@needs(Can.RUN_QUEUE)
def queue(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@needs(Can.RUN_QUEUE)
def prioritise(request: HttpRequest) -> HttpResponse:
    form = PriorityForm(request.POST)
    if not form.is_valid():
        return _page(request, problem="A priority is a number from 0 to 9.", status=422)
    said = form.cleaned_data
    lane = queues.Lane(said["locale"], said["skill"], said["to_decide"])
    moved = queues.prioritise_lane(lane, said["priority"], acting_user=_person(request), now=timezone.now())
    more = " There may be more: set it again to go on." if moved == queues.MOST_MOVED else ""
    messages.success(request, f"{moved} clips of {lane.locale} moved.{more}")
    return redirect("reviews:queue")


@require_POST
@needs(Can.RUN_QUEUE)
def recall(request: HttpRequest, lease_id: UUID) -> HttpResponse:
    try:
        queues.recall_lease(lease_id, acting_user=_person(request), now=timezone.now())
        messages.success(request, "The clip is back in the queue.")
    except LeaseOver:
        messages.info(request, "That lease was over already.")
    return redirect("reviews:queue")


@require_POST
@needs(Can.RUN_QUEUE)
def set_skills(request: HttpRequest, person_id: UUID) -> HttpResponse:
    form = SkillsForm(request.POST)
    try:
        wanted = form.cleaned_data["skills"] if form.is_valid() else ["Too long"]
        person = skills.set_skills(person_id, wanted, acting_user=_person(request), now=timezone.now())
    except Invalid as refusal:
        return _page(request, problem=refusal.detail, status=422)
    messages.success(request, f"{person.display_name} holds: {', '.join(person.skills) or 'no particular skill'}.")
    return redirect("reviews:queue")


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    depths = queues.depths()
    context = {
        "depths": depths,
        "queued": sum(depth.queued for depth in depths),
        "leased": sum(depth.leased for depth in depths),
        "oldest_at": min((depth.oldest_at for depth in depths if depth.oldest_at), default=None),
        "people": skills.people_of(_person(request))[:MOST_PEOPLE_SHOWN],
        "leases": queues.live_leases_of_team(_person(request))[:MOST_LEASES_SHOWN],
        "problem": problem,
        "priorities": range(9, -1, -1),
    }
    return render(request, "reviews/queue.html", context, status=status)


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # needs() let only accounts in
