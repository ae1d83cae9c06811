"""Imports: the list, a new file, its mapping, what the check found, and how it ended."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions.refusals import Refused
from accounts.formatting import format_number
from accounts.models import User
from accounts.permissions import Permission, requires
from accounts.views.requests import company_of
from customers import registry
from customers.actions import imports, undo
from customers.fact_rows import listed_kinds
from customers.forms import (
    MappingForm,
    ReadingForm,
    UploadForm,
    initial_of,
    kinds_by_group,
)
from customers.imports.exporting import ERROR_COLUMN, mendable_rows
from customers.imports.fields import Kind
from customers.imports.files import Sample, form_in_words, form_of, opened, sample_of
from customers.imports.guessing import guess_attributes, guess_kind
from customers.imports.kinds import KINDS
from customers.imports.problems import FileProblem
from customers.imports.remembering import Proposal, propose
from customers.imports.samples import sample_file
from customers.models import Import, ImportProblem, Interval
from customers.wording import within

Response = TypeVar("Response", bound=HttpResponseBase)

SHOWN_PROBLEMS = 100
STEPS = (gettext_noop("File"), gettext_noop("Columns"), gettext_noop("Check"), gettext_noop("Done"))
LIST_SIZE = 100
SHOWN_UNREAD = 30


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _import(import_id: int) -> Import:
    return get_object_or_404(
        Import.objects.select_related("created_by", "confirmed_by"), pk=import_id
    )


@requires(Permission.WORK)
@require_safe
def import_list(request: HttpRequest) -> HttpResponse:
    """The imports, newest first; of one kind, if asked."""
    chosen = request.GET.get("kind", "")
    found = Import.objects.select_related("created_by", "confirmed_by", "undone_by")
    found = found.filter(kind=chosen) if chosen in KINDS else found
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: LIST_SIZE + 1])
    shown, more = rows[:LIST_SIZE], rows[LIST_SIZE:]
    there = set(Import.objects.order_by().values_list("kind", flat=True).distinct())
    context = {
        "rows": [(row, KINDS.get(row.kind)) for row in shown],
        "samples": [KINDS[key] for key in ("customers", "subscriptions", "contacts")],
        "kinds_there": [kind for kind in KINDS.values() if kind.key in there],
        "chosen": chosen,
        "is_any": bool(there),
        "first_href": _list_href(chosen) if before else "",
        "next_href": _list_href(chosen, before=str(shown[-1].pk)) if more else "",
    }
    return render(request, "customers/imports/list.html", context)


def _list_href(kind: str, before: str = "") -> str:
    said = {name: value for name, value in {"kind": kind, "before": before}.items() if value}
    return f"{reverse('customers:import_list')}?{urlencode(said)}"


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a kind and a file. A file that can't be read is refused here, and why."""
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        form = UploadForm(initial={"kind": kind if kind in KINDS else ""})
        return _upload_page(request, form)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form)
    file = form.cleaned_data["file"]
    try:
        import_ = imports.take_file(
            kind=form.cleaned_data["kind"],
            file_name=file.name or "",
            pieces=file.chunks(),
            by=_user(request),
        )
    except imports.KindOpenError as problem:
        form.add_error("kind", str(problem))
        return _upload_page(request, form)
    except FileProblem as problem:
        form.add_error("file", str(problem))
        return _upload_page(request, form)
    return redirect("customers:import_mapping", import_.pk)


def _breadcrumbs(label: str) -> list[dict[str, str]]:
    return [{"label": _("Imports"), "href": reverse("customers:import_list")}, {"label": label}]


def _upload_page(request: HttpRequest, form: UploadForm) -> HttpResponse:
    context = {
        "breadcrumbs": _breadcrumbs(_("New")),
        "form": form,
        "groups": kinds_by_group(),
        "steps": [_(step) for step in STEPS],
    }
    return render(
        request, "customers/imports/new.html", context, status=422 if form.errors else 200
    )


@requires(Permission.WORK)
@require_safe
def import_sample(request: HttpRequest, kind: str) -> HttpResponse:
    """A small file of a kind that imports as it is."""
    if kind not in KINDS:
        raise Http404
    content = sample_file(KINDS[kind], today=company_of(request).today())
    return _as_csv(HttpResponse(content), KINDS[kind].sample)


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def import_mapping(request: HttpRequest, import_id: int) -> HttpResponse:
    """Which column holds what. A POST starts the check."""
    import_ = _import(import_id)
    if not import_.is_editable:
        return redirect(import_)
    kind = KINDS[import_.kind]
    try:
        sample = sample_of(opened(import_), form_of(import_))
    except FileProblem as problem:
        messages.error(request, str(problem))
        return redirect("customers:import_list")
    if request.method != "POST":
        proposal = _proposal(import_, kind, sample, is_fresh=request.GET.get("guess") == "anew")
        form = MappingForm(kind, sample, initial=initial_of(proposal))
        return _mapping_page(request, import_, form, sample, proposal)
    form = MappingForm(kind, sample, request.POST)
    if form.is_valid():
        try:
            imports.start_check(
                import_=import_,
                mapping=form.mapping,
                attributes=form.attributes,
                options=form.options,
                by=_user(request),
            )
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(import_)
    return _mapping_page(request, import_, form, sample)


def _proposal(import_: Import, kind: Kind, sample: Sample, *, is_fresh: bool) -> Proposal:
    """What was said of this file already, else as last time, else guessed."""
    if import_.mapping and not is_fresh:
        # A column that a field had may become an attribute again once the field has another.
        had = {*import_.mapping.values()} & {*guess_attributes(kind, sample, {})}
        return Proposal(import_.mapping, [*import_.attributes, *had], import_.options)
    return propose(kind, sample, is_forgetting=is_fresh)


def _mapping_page(
    request: HttpRequest,
    import_: Import,
    form: MappingForm,
    sample: Sample,
    proposal: Proposal | None = None,
) -> HttpResponse:
    context = {
        "breadcrumbs": _breadcrumbs(import_.file_name),
        "import": import_,
        "kind": KINDS[import_.kind],
        "form": form,
        "columns": sample.columns,
        "rows": [row.cells for row in sample.rows if not row.problem][:5],
        "form_in_words": form_in_words(import_),
        "reading": ReadingForm(import_),
        "remembered": proposal.remembered if proposal else None,
        "is_nothing_guessed": proposal is not None and not proposal.mapping,
        "better": _better(import_, sample),
        "steps": [_(step) for step in STEPS],
    }
    return render(
        request, "customers/imports/mapping.html", context, status=422 if form.errors else 200
    )


def _better(import_: Import, sample: Sample) -> Kind | None:
    """The export of another tool that a file taken for something of ours looks like."""
    if KINDS[import_.kind].target:
        return None
    found = guess_kind(sample, import_.file_name)
    return found if found is not None and found.target else None


@requires(Permission.WORK)
@require_POST
def import_reading(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take the file for another kind, encoding or sheet."""
    import_ = _import(import_id)
    form = ReadingForm(import_, request.POST)
    if form.is_valid():
        try:
            imports.read_as(import_=import_, **form.cleaned_data, by=_user(request))
        except (Refused, FileProblem) as problem:
            messages.error(request, problem.message)
    else:
        messages.error(request, _("Choose one of what is offered."))
    return redirect("customers:import_mapping", import_.pk)


@requires(Permission.WORK)
@require_POST
def import_forgetting(request: HttpRequest, import_id: int) -> HttpResponse:
    """Forget how files like this one were read."""
    import_ = _import(import_id)
    imports.forget_mapping(import_=import_, by=_user(request))
    messages.success(request, _("Forgotten. The columns are guessed from their names now."))
    return redirect("customers:import_mapping", import_.pk)


@requires(Permission.WORK)
@require_safe
def import_detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """Where an import stands: at work, checked and waiting to be confirmed, done or failed."""
    import_ = _import(import_id)
    if import_.state == Import.State.UPLOADED:
        return redirect("customers:import_mapping", import_.pk)
    context = {
        **_standing(import_),
        **_facts_link(KINDS[import_.kind]),
        "next_step": _next_step(import_),
        "unread": _unread(import_),
        "breadcrumbs": _breadcrumbs(import_.file_name),
        "kind": KINDS[import_.kind],
        "steps": [_(step) for step in STEPS],
        "step": 5 if import_.source_id else 3,
        "undone": undo.Undone.from_json(import_.undone) if import_.undone else None,
        "suspect": _suspect(import_),
        "problems": import_.problems.all()[:SHOWN_PROBLEMS],
        "shown_problems": min(import_.problems.count(), SHOWN_PROBLEMS),
        "maximum_kept": ImportProblem.MAXIMUM_KEPT,
        "mapping": _how_read(import_),
        "form_in_words": form_in_words(import_),
    }
    return render(request, "customers/imports/detail.html", context)


def _how_read(import_: Import) -> list[tuple[str, str]]:
    """Each field with its column, or with what was said in its place."""
    kind, said = KINDS[import_.kind], import_.mapping
    if import_.options.get("interval") and "interval" in kind.asks and "interval" not in said:
        said = {**said, "interval": str(Interval(import_.options["interval"]).label)}
    return [(field.shown_label, said[field.name]) for field in kind.fields if field.name in said]


def _next_step(import_: Import) -> registry.NextStep | None:
    """What a new company does once this import is done. Costs a query."""
    if import_.state != Import.State.DONE:
        return None
    return registry.next_steps[-1](KINDS[import_.kind].stored_as)


def _facts_link(kind: Kind) -> dict[str, str]:
    """Where what the import brought can be seen."""
    stored = KINDS.get(kind.stored_as, kind)
    is_listed = stored.key in {one.key for one in listed_kinds()}
    href = reverse("customers:fact_list", args=[stored.key]) if is_listed else ""
    label = _("See the {kind}").format(kind=within(stored.label))
    label = label if is_listed else _("See the customers")
    return {"facts_href": href or reverse("customers:list"), "facts_label": label}


def _suspect(import_: Import) -> dict[str, str]:
    """The column that most rows were refused for, and what it was taken as; empty unless most
    rows were refused for one."""
    if not import_.is_mostly_in_error:
        return {}
    by_column = import_.problems.exclude(column="").values_list("column")
    counted = by_column.annotate(rows=Count("row_number", distinct=True)).order_by("-rows")
    column, rows = counted.first() or ("", 0)
    if 2 * rows <= min(import_.rows_in_error, ImportProblem.MAXIMUM_KEPT):
        return {}
    fields = [
        field.shown_label
        for field in KINDS[import_.kind].fields
        if import_.mapping.get(field.name) == column
    ]
    return {"column": column, "field": ", ".join(fields)} if fields else {}


def _unread(import_: Import) -> list[str]:
    """The file's columns that nothing is read from; none while its file cannot be read."""
    if import_.is_at_work or not import_.mapping:
        return []
    try:
        columns = sample_of(opened(import_), form_of(import_)).columns
    except FileProblem:
        return []
    read = {*import_.mapping.values(), *import_.attributes, ERROR_COLUMN}
    unread = [name or _("(without a name)") for name in columns if name not in read]
    more = len(unread) - SHOWN_UNREAD
    return unread[:SHOWN_UNREAD] + (
        [_("and {count} more").format(count=format_number(more))] if more > 0 else []
    )


def _standing(import_: Import) -> dict[str, Any]:
    progress = import_.progress() if import_.is_at_work else {}
    share = progress.get("share")
    return {
        "import": import_,
        "stage": progress.get("stage", ""),
        "percent": None if share is None else round(100 * share),
        "is_stalled": imports.is_stalled(import_),
    }


@requires(Permission.WORK)
@require_safe
def import_progress(request: HttpRequest, import_id: int) -> HttpResponse:
    """The fragment that is polled; asks for the whole page once the work is over."""
    import_ = _import(import_id)
    standing = _standing(import_)
    if not import_.is_at_work or standing["is_stalled"]:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "customers/imports/_progress.html", standing)


@requires(Permission.WORK)
@require_POST
def import_confirmation(request: HttpRequest, import_id: int) -> HttpResponse:
    """Import what was shown."""
    import_ = _import(import_id)
    try:
        imports.confirm(
            import_=import_,
            digest=request.POST.get("digest", ""),
            is_skipping_errors=request.POST.get("skip_errors") == "yes",
            by=_user(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(import_.get_absolute_url())


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def import_undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """What taking the import back would do, in numbers; a POST does it."""
    import_ = _import(import_id)
    try:
        if request.method == "POST":
            undo.start_undo(import_=import_, by=_user(request))
            return HttpResponseRedirect(import_.get_absolute_url())
        shown = undo.preview(import_=import_)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(import_.get_absolute_url())
    back = {"label": import_.file_name, "href": import_.get_absolute_url()}
    context = {
        "breadcrumbs": [_breadcrumbs("")[0], back, {"label": _("Undo")}],
        "import": import_,
        "kind": KINDS[import_.kind],
        "undone": shown,
    }
    return render(request, "customers/imports/undo.html", context)


@requires(Permission.WORK)
@require_POST
def import_resumption(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take up again the work of an import that was given up."""
    import_ = _import(import_id)
    imports.resume(import_=import_, by=_user(request))
    return HttpResponseRedirect(import_.get_absolute_url())


@requires(Permission.WORK)
@require_POST
def import_discard(request: HttpRequest, import_id: int) -> HttpResponse:
    """Throw away a file that has not been imported."""
    import_ = _import(import_id)
    try:
        imports.discard(import_=import_, by=_user(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(import_.get_absolute_url())
    messages.success(request, _("{file_name} was thrown away.").format(file_name=import_.file_name))
    return HttpResponseRedirect(reverse("customers:import_list"))


@requires(Permission.WORK)
@require_safe
def import_problems(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The rows in error with what is wrong, to mend and send again."""
    import_ = _import(import_id)
    response = StreamingHttpResponse(_csv_lines(mendable_rows(import_)))
    return _as_csv(response, f"errors-{import_.pk}.csv")


class _Echo:
    def write(self, line: str) -> str:
        return line


def _csv_lines(rows: Iterator[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # Excel takes a file for UTF-8 only with a mark
    for row in rows:
        yield writer.writerow(row)


def _as_csv(response: Response, name: str) -> Response:
    response["Content-Type"] = "text/csv; charset=utf-8"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
