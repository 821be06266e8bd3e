"""The supervisor's view of the queue: depth, age, what is on desks; priority and recall. No clip opens here."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from project.accounts.access import Can, needs
from project.accounts.models import User
from reviews.actions import queues
from reviews.errors import LeaseOver
from reviews.forms import PriorityForm

MOST_LEASES_SHOWN = 200


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
    moved = queues.prioritise_locale(**form.cleaned_data, acting_user=_person(request), now=timezone.now())
    messages.success(request, f"{moved} clips of {form.cleaned_data['locale']} moved.")
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


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    depths = queues.depths()
    context = {
        "depths": depths,
        "queued": sum(depth.queued for depth in depths),
        "leased": sum(depth.leased for depth in depths),
        "oldest_at": min((depth.oldest_at for depth in depths if depth.oldest_at), default=None),
        "leases": queues.live_leases_of_team(_person(request))[:MOST_LEASES_SHOWN],
        "problem": problem,
        "priorities": range(9, -1, -1),
    }
    return render(request, "reviews/queue.html", context, status=status)


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # needs() let only accounts in
