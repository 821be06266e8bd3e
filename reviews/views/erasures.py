"""Pages about erasures: what is due, where each one stands, and its certificates."""

import json
from typing import cast
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from project import vault
from project.accounts.access import Can, may, needs
from project.accounts.models import User
from reviews.actions.certificates import certificate_file_of
from reviews.actions.erasure_choices import other_method
from reviews.actions.erasure_runs import newest_runs
from reviews.certificate_pdf import pdf_of
from reviews.erasure_access import certificate_for, certificates_of, erasure_for, erasures_of
from reviews.erasure_pages import Filter, counts, readable, rows, run_rows, steps, stores
from reviews.erasure_report import as_csv, monthly

PAGE = 50
RUNS = 5


@require_safe
@needs(Can.READ_ERASURES)
def erasures(request: HttpRequest) -> HttpResponse:
    """What is open and what was done, newest first, with the late ones counted on top."""
    now = timezone.now()
    visible = erasures_of(cast(User, request.user))
    chosen = Filter.named(request.GET.get("show", ""))
    page = Paginator(chosen.of(visible, now).order_by("-ordered_at", "pk"), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": rows(page.object_list, now), "counts": counts(visible, now), "chosen": chosen}
    under_way = [run for run in run_rows(newest_runs(RUNS), now) if not run.progress.is_over]
    context |= {"runs": under_way, "may_see_rates": may(request.user, Can.RUN_QUEUE)}
    return render(request, "reviews/erasures.html", {**context, "filters": list(Filter)})


@require_safe
@needs(Can.READ_ERASURES)
def report(request: HttpRequest) -> HttpResponse:
    """How many, in time or not, and how long it took, by month and reason."""
    lines = monthly(erasures_of(cast(User, request.user)), timezone.now())
    return render(request, "reviews/erasure_report.html", {"lines": lines})


@require_safe
@needs(Can.READ_ERASURES)
def report_csv(request: HttpRequest) -> HttpResponse:
    """The same figures as CSV."""
    text = as_csv(monthly(erasures_of(cast(User, request.user)), timezone.now()))
    return _file(text, "text/csv; charset=utf-8", "erasures-by-month.csv")


@require_safe
@needs(Can.READ_ERASURES)
def report_json(request: HttpRequest) -> HttpResponse:
    """The same figures as JSON, as the API gives them."""
    lines = monthly(erasures_of(cast(User, request.user)), timezone.now())
    text = json.dumps([line.row for line in lines], indent=2) + "\n"
    return _file(text, "application/json", "erasures-by-month.json")


def _file(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)


@require_safe
@needs(Can.READ_ERASURES)
def erasure(request: HttpRequest, erasure_id: UUID) -> HttpResponse:
    """One erasure: its steps, what stands in the way, its certificates."""
    found = erasure_for(cast(User, request.user), erasure_id)
    now = timezone.now()
    issued = found.certificates.order_by("issued_at")
    context = {
        "erasure": found,
        "row": rows([found], now)[0],
        "steps": steps(found),
        "certificates": issued,
        "now": now,
        "undo_until": found.undo_until if found.may_be_undone(now) else None,
        "may_undo": may(request.user, Can.UNDO_ERASURE),
        "method_choice": other_method(found) if may(request.user, Can.RUN_QUEUE) else None,
    }
    return render(request, "reviews/erasure.html", context)


@require_safe
@needs(Can.READ_CERTIFICATES)
def certificates(request: HttpRequest) -> HttpResponse:
    """Every certificate that this person may read, newest first."""
    visible = certificates_of(cast(User, request.user)).select_related("erasure").order_by("-issued_at", "pk")
    page = Paginator(visible, PAGE).get_page(request.GET.get("page"))
    return render(request, "reviews/certificates.html", {"page": page})


@require_safe
@needs(Can.READ_CERTIFICATES)
def certificate(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """One certificate, readable, with how to check it without trusting this page."""
    found = certificate_for(cast(User, request.user), certificate_id)
    file = certificate_file_of(found)
    context = {"certificate": found, "body": readable(file["body"]), "public_key": vault.public_key_pem()}
    return render(
        request, "reviews/certificate.html", {**context, "proof": file["proof"], "stores": stores(file["body"])}
    )


@require_safe
@needs(Can.READ_CERTIFICATES)
def certificate_download(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The certificate file: {body, signature, proof} as JSON."""
    found = certificate_for(cast(User, request.user), certificate_id)
    text = json.dumps(certificate_file_of(found), indent=2, sort_keys=True) + "\n"
    return _file(text, "application/json", f"erasure-{found.erasure_id}-{found.stage}.json")


@require_safe
@needs(Can.READ_CERTIFICATES)
def certificate_pdf(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """The certificate as PDF/A-2b, for people and files; what is checked offline is the JSON."""
    found = certificate_for(cast(User, request.user), certificate_id)
    pdf = pdf_of(certificate_file_of(found), found.body_sha256)
    return _file(pdf, "application/pdf", f"erasure-{found.erasure_id}-{found.stage}.pdf")
