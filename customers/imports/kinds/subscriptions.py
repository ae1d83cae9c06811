"""Subscriptions: one row per term, a subscription with what it costs from a day on."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from customers.imports.facts import CURRENCY, CUSTOMER_PLAINLY, UPDATED_AT
from customers.imports.fields import Day, Field, Kind, Number, Read, Text, Word
from customers.imports.kinds.term_writing import compare, remove, write
from customers.imports.kinds.terms import check
from customers.imports.parsing import parse_interval
from customers.models import Term
from customers.mrr import FACTORS

_SUBSCRIPTION = "JOIN customers_subscription s ON s.id = f.subscription_id"

SUBSCRIPTIONS = Kind(
    key="subscriptions",
    label=gettext_noop("Subscriptions"),
    noun=gettext_noop("term"),
    description=gettext_noop("What each customer pays, from when to when. MRR comes from here."),
    sample="subscriptions.csv",
    fields=(
        CUSTOMER_PLAINLY,
        Field(
            "external_id",
            gettext_noop("Subscription id"),
            Text(200),
            gettext_noop(
                "Your own id for the subscription. Without one, take the customer's id: then each"
                " customer has one subscription."
            ),
            aliases=(
                "subscription id, subscription, subscription no, subscription number, "
                "service id, contract id, contract no, contract number, contract, "
                "external id, id, vertragsnummer, vertragsnr, vertrags nr, vertrag, abonummer, "
                "abo, abonnementsnummer, abonnementnr, abonnement, contractnummer, contractnr"
            ),
            is_required=True,
        ),
        Field(
            "product",
            gettext_noop("Product"),
            Text(200),
            gettext_noop("What is sold. Without one: Subscription."),
            aliases="product, product name, service, service name, item, offering, produkt,"
            " artikel, dienst",
        ),
        Field(
            "plan",
            gettext_noop("Plan"),
            Text(200),
            gettext_noop("The plan of the product. Without one: named as the product."),
            aliases="plan, plan name, tier, package, edition, price plan, tarif, paket,"
            " tarief, pakket",
        ),
        Field(
            "amount",
            gettext_noop("Amount"),
            Number(12, 10, is_money=True),
            gettext_noop("The price per unit and interval, without tax; 0 or more."),
            aliases=(
                "amount, price, monthly price, mrr, unit price, monthly amount, fee, "
                "monthly fee, rate, monthly charge, monthly charges, value, total, "
                "arr, acv, annual value, annual amount, annual price, annual fee, yearly price, "
                "annual contract value, annual recurring revenue, jahrespreis, jahresbetrag, "
                "jahreswert, jaarprijs, jaarbedrag, quarterly price, quarterly amount, "
                "monatspreis, monatsbetrag, monatlicher betrag, preis, betrag, nettobetrag, "
                "maandbedrag, maandprijs, bedrag per maand, bedrag, prijs"
            ),
            is_required=True,
        ),
        Field(
            "quantity",
            gettext_noop("Quantity"),
            Number(7, 6),
            gettext_noop("How many units. Without one: 1."),
            aliases="quantity, qty, seats, units, licenses, licences, users, menge, anzahl,"
            " lizenzen, nutzer, aantal, licenties, gebruikers",
        ),
        Field(
            "interval",
            gettext_noop("Interval"),
            Word(parse_interval, tuple(FACTORS)),
            gettext_noop(
                "How often the amount is due: day, week, month, quarter or year. Without one:"
                " month, if nothing else is chosen."
            ),
            aliases=(
                "interval, billing interval, billing period, billing cycle, frequency, "
                "period, billing frequency, term, intervall, abrechnungsintervall, zahlweise, "
                "abrechnung, termijn, facturatieperiode, betaaltermijn, frequentie"
            ),
        ),
        CURRENCY,
        Field(
            "started_on",
            gettext_noop("Starts on"),
            Day(),
            gettext_noop("The first day of the term."),
            aliases=(
                "started on, starts on, start date, start, active from, from, "
                "valid from, begin, begin date, started, started at, "
                "current period start, beginn, vertragsbeginn, startdatum, laufzeit von, "
                "gueltig ab, von, ingangsdatum, begindatum, geldig vanaf, vanaf"
            ),
            is_required=True,
        ),
        Field(
            "ended_on",
            gettext_noop("Ends on"),
            Day(),
            gettext_noop(
                "The first day without, or the last day (choose below). Empty: open, or until the"
                " subscription's next term."
            ),
            aliases=(
                "ended on, ends on, end date, end, active until, until, to, valid until, "
                "valid to, ended, ended at, cancelled, canceled, cancelled at, "
                "canceled at, cancelled on, churned on, expires, expires on, ende, vertragsende, "
                "enddatum, laufzeit bis, gueltig bis, gekuendigt zum, bis, einddatum, einde, "
                "geldig tot, opgezegd per, tot"
            ),
        ),
        Field(
            "previous_started_on",
            gettext_noop("Wrong start to correct"),
            Day(),
            gettext_noop(
                "Only to correct the start of a term: the wrong start that it is known by, with the"
                " right one as Starts on."
            ),
            aliases="previous started on, previous start date, previous start, wrong start date",
        ),
        UPDATED_AT,
    ),
    check=check,
    compare=compare,
    write=write,
    remove=remove,
    model=Term,
    asks=("interval",),
    rows_by="started_on",
    carries=True,
    read=Read(
        tables=f"""FROM customers_term f {_SUBSCRIPTION}
            JOIN customers_customer c ON c.id = s.customer_id
            JOIN customers_plan pl ON pl.id = f.plan_id
            JOIN customers_product pr ON pr.id = pl.product_id
            WHERE f.superseded_at IS NULL""",
        columns={
            "customer": "c.external_id",
            "external_id": "s.external_id",
            "product": "pr.name",
            "plan": "pl.name",
            "amount": "f.amount",
            "quantity": "f.quantity",
            "interval": "f.interval",
            "currency": "f.currency",
            "started_on": "f.starts_on",
            "ended_on": "f.ends_on",
            "updated_at": "f.source_updated_at",
        },
        customer_id="s.customer_id",
        customer_by=_SUBSCRIPTION,
        version_of="f.subscription_id, f.starts_on",
    ),
)
