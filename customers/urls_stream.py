"""The event stream, below /v1/ on a company's host, where Segment's libraries expect it.

The one-letter names are what Segment's browser library uses, `import` what older ones do.
"""

from __future__ import annotations

from django.urls import path

from customers.stream import views

app_name = "stream"
urlpatterns = [
    path("batch", views.batch, name="batch"),
    path("import", views.batch, name="import"),
    path("identify", views.identify, name="identify"),
    path("group", views.group, name="group"),
    path("track", views.track, name="track"),
    path("page", views.page, name="page"),
    path("screen", views.screen, name="screen"),
    path("alias", views.alias, name="alias"),
    path("b", views.batch),
    path("i", views.identify),
    path("g", views.group),
    path("t", views.track),
    path("p", views.page),
    path("s", views.screen),
    path("a", views.alias),
]
