"""For supervisors and load balancers: is the process alive, can the site do its work."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from arena.readiness import unready_parts


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, otherwise 503 with the parts that do not."""
    unready = unready_parts()
    return JsonResponse({"ready": not unready, "not_ready": unready}, status=503 if unready else 200)
