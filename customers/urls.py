"""Customers and imports, on a company's host."""

from __future__ import annotations

from django.urls import path

from customers.stream.page import stream
from customers.views import (
    billing,
    contacts,
    customer,
    customers,
    erasure,
    exchange_rates,
    exports,
    facts,
    imports,
    merging,
    notes,
    removal,
    sample_data,
    tasks,
)
from customers.webhooks import views as webhooks

app_name = "customers"
urlpatterns = [
    path("sample-data/", sample_data.page, name="sample_data"),
    path("sample-data/progress/", sample_data.progress, name="sample_data_progress"),
    path("sample-data/adding/", sample_data.adding, name="sample_data_adding"),
    path("sample-data/removal/", sample_data.removal, name="sample_data_removal"),
    path("settings/stream/", stream, name="stream"),
    path("customers/", customers.customer_list, name="list"),
    path("customers/choices/", customer.customer_choices, name="choices"),
    path("customers/<int:customer_id>/", customer.customer_detail, name="detail"),
    path("customers/<int:customer_id>/timeline/", customer.customer_timeline, name="timeline"),
    path("customers/<int:customer_id>/contacts/", customer.customer_contacts, name="contacts"),
    path("customers/<int:customer_id>/contacts/new/", contacts.contact_new, name="contact_new"),
    path(
        "customers/<int:customer_id>/contacts/<int:contact_id>/",
        contacts.contact_edit,
        name="contact_edit",
    ),
    path(
        "customers/<int:customer_id>/contacts/<int:contact_id>/removal/",
        contacts.contact_removal,
        name="contact_removal",
    ),
    path(
        "customers/<int:customer_id>/subscriptions/",
        customer.customer_subscriptions,
        name="subscriptions",
    ),
    path("customers/<int:customer_id>/change/", customer.customer_change, name="change"),
    path("customers/<int:customer_id>/removal/", removal.removal, name="removal"),
    path("customers/<int:customer_id>/merge/", merging.merge, name="merge"),
    path("customers/<int:customer_id>/notes/", notes.note_new, name="note_new"),
    path("notes/<str:note>/", notes.note_edit, name="note_edit"),
    path("notes/<str:note>/removal/", notes.note_remove, name="note_remove"),
    path("mentions/<int:mention_id>/read/", notes.mention_read, name="mention_read"),
    path("tasks/", tasks.task_list, name="task_list"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("tasks/<int:task_id>/", tasks.task_edit, name="task_edit"),
    path("tasks/<int:task_id>/act/", tasks.task_act, name="task_act"),
    path("exchange-rates/new/", exchange_rates.exchange_rate_new, name="exchange_rate_new"),
    path("facts/", facts.fact_index, name="fact_index"),
    path("facts/<slug:kind>/", facts.fact_list, name="fact_list"),
    path("facts/<slug:kind>/<int:fact_id>/", facts.fact_detail, name="fact_detail"),
    path("webhooks/stripe/<str:token>/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("settings/billing/", billing.billing_settings, name="billing"),
    path("settings/billing/stripe/", billing.stripe_secret, name="stripe_secret"),
    path("settings/billing/stripe/removal/", billing.stripe_removal, name="stripe_removal"),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/<slug:kind>.csv", exports.export_file, name="export_file"),
    path(
        "customers/<int:customer_id>/contacts/<int:contact_id>/erasure/",
        erasure.erasure_new,
        name="erasure_new",
    ),
    path("erasures/<int:erasure_id>/", erasure.erasure_detail, name="erasure_detail"),
    path("erasures/<int:erasure_id>/again/", erasure.erasure_again, name="erasure_again"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/samples/<slug:kind>.csv", imports.import_sample, name="import_sample"),
    path("imports/<int:import_id>/", imports.import_detail, name="import_detail"),
    path("imports/<int:import_id>/mapping/", imports.import_mapping, name="import_mapping"),
    path("imports/<int:import_id>/reading/", imports.import_reading, name="import_reading"),
    path(
        "imports/<int:import_id>/forgetting/", imports.import_forgetting, name="import_forgetting"
    ),
    path("imports/<int:import_id>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:import_id>/progress/", imports.import_progress, name="import_progress"),
    path(
        "imports/<int:import_id>/confirmation/",
        imports.import_confirmation,
        name="import_confirmation",
    ),
    path(
        "imports/<int:import_id>/resumption/", imports.import_resumption, name="import_resumption"
    ),
    path("imports/<int:import_id>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<int:import_id>/errors.csv", imports.import_problems, name="import_problems"),
]
