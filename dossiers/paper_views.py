"""What does the browser get of papers? The page of one with its progress, and the file."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Refused
from dossiers import papers
from dossiers.models import Paper
from evidence.reading import attachment


def _paper(request, pk):
    """The paper and what it is of. Raises Http404 for somebody else's, and once they may not see the thing any more."""
    paper = get_object_or_404(Paper.objects.visible_to(request.user).with_all(), pk=pk)
    return paper, _thing(request, paper.kind, paper.subject)


def _thing(request, kind, subject):
    thing = papers.found(request.user, kind, subject)
    if thing is None:
        raise Http404
    return thing


@require_POST
def paper_request(request, kind, subject):
    _thing(request, kind, subject)
    return redirect(papers.request(kind, subject, by=request.user))


@require_safe
@never_cache
def paper_page(request, pk):
    paper, thing = _paper(request, pk)
    return render(request, "papers/paper.html", {"paper": paper, "thing": thing})


@require_safe
def paper_download(request, pk):
    """The PDF; its download is an event before the first byte (rule 24)."""
    paper, thing = _paper(request, pk)
    if not paper.is_ready:
        messages.error(request, "This paper is not ready, so there is no file yet.")
        return redirect(paper)
    try:
        file = papers.opened(paper, by=request.user)
    except Refused as refusal:
        messages.error(request, f"{refusal} It is not handed out: make the paper again.")
        return redirect(paper)
    return attachment(file, name=papers.download_name(paper, thing), content_type="application/pdf")
