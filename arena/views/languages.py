"""The languages of the interface: how complete each is, who has read it, and its texts to take home and mend."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from arena.completeness import catalogue_path, completeness
from arena.interface_languages import stand_ins


def languages(request: HttpRequest) -> HttpResponse:
    names = dict(settings.LANGUAGES)
    shown = [
        {
            "code": code,
            "endonym": settings.ENDONYMS[code],
            "name": name,
            "catalogue": completeness().get(code),
            "bridge": next((names[bridge] for bridge in stand_ins(code)), names[settings.LANGUAGE_CODE]),
        }
        for code, name in settings.LANGUAGES
    ]
    return render(request, "arena/languages.html", {"languages": shown})


def catalogue(request: HttpRequest, language: str) -> HttpResponse:
    if language not in completeness():
        raise Http404
    return HttpResponse(
        catalogue_path(language).read_bytes(),
        content_type="text/x-gettext-translation; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="harea-{language}.po"'},
    )
