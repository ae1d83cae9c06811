"""What several metrics leave open, and how it is read here: notes that their definitions share.

A note of one metric alone stands in its definition.
"""

from django.utils.translation import gettext_noop

from metrics.definition import Note
from metrics.words import folded

PLACING = Note(
    gettext_noop("Where a rate puts a customer."),
    folded("""
    One that pays on the opening day is in the segment it had that day. One that does not is where
    it was on its first paying day of the period. A former customer that does not pay in the period
    (it counts in `active_share` only) is where it is on the opening day. This holds for the
    `events`, `stripe` and `movements` options too: they are rates.
    """),
)

STANDING = Note(
    gettext_noop("Where everything stands."),
    folded("""
    `mrr`, `mrr_movements`, `customers`, `arpa` and `quick_ratio` put everything where it was that
    day, so a move shows as `transfer`.
    """),
)

PRODUCT_AND_PLAN = Note(
    gettext_noop("Product and plan."),
    folded("""
    The state of a segment is the MRR of its subscriptions: a customer that drops a product while
    keeping another is lost to that product. Kinds of MRR are the customer's, so that they add up to
    the total: a plan dropped for a dearer one is a negative part of an expansion. Kinds of
    customers (`new`, `churned`) are the segment's own, because heads do not add up there anyway.
    """),
)

EXPANSION = Note(
    gettext_noop("Parts of an expansion."),
    folded("""
    Its amount and place are the ledger's, its parts come from the terms of that day and of the day
    before (of a contract back from a pause: of the day before that began). A product not paid for
    the day before is `cross_sell`; where a product was dropped that day, `upsell`. Of a product
    paid for before: more quantity at the new price, and another plan at the difference, are
    `upsell`; a rise of the price of what there was is `renewal` on a renewal date on record of that
    contract (or of all the customer's), else `price`. A contract in the place of another of the
    same plan is the same contract. A product's own falls lower its own rises; the falls of other
    products lower all parts in proportion. Product and plan show what was sold of them, so nothing
    is negative there.
    """),
)

WHAT_WAS_BILLED = Note(
    gettext_noop("What was billed"),
    folded("""
    is the amount of all invoices on record, one-off charges and credits too: for `arpa` by the day
    of issue, for `arpu` spread evenly over the days of service (the day of issue where there are
    none). It goes with its customer, which stands where a rate puts it; by product and plan with
    its contract, else by the words of the invoice. Before the first invoice on record there is no
    value. `arpa` counts a customer half at the opening and half at the close. Invoices in other
    currencies convert at the rate of the day they were issued on, or of each day of service;
    without a rate from an invoice's currency the value is empty.
    """),
)

LATE_RENEWALS = Note(
    gettext_noop("Late renewals."),
    folded("""
    With the setting "days a renewal may be late" (`late_days`, 0 to 90, default 0) the ledger
    bridges a gap of up to so many days between two paid terms of one contract: the term before it
    goes on at its price until the renewal starts, and a change of price is of that day. So MRR, its
    movements, churn and retention know no churn and no reactivation there. Until the renewal is on
    record there is churn, which the renewal restates. Another contract is no renewal, and neither
    is what follows a free term on record. The days of a pause on record are not bridged: they pay
    nothing, as ever. `renewal_rate` takes what comes due by the terms as they are.
    """),
)

PAUSES = Note(
    gettext_noop("Pauses."),
    folded("""
    What is paused pays 0 from the first day of the pause until its end, also while its term goes
    on; a pause that names a subscription is of it and of its plans (`id:plan`), one that names none
    is of all the customer's. A customer that goes to 0 on a day that a pause of its is on record
    for has paused, also when its term ends that day. Part of it paused is contraction, back is
    expansion. Back on day N (setting "days a pause may last", default 90) is in time. A term
    cancelled during the pause is churn on day N like any other pause that lasts. A rise after the
    return is expansion, however much was paused. `resume` is counted in each currency; who comes
    back in other currencies only has resumed with all of it. By plan, what had been paused of a
    plan resumes first, then plans in the order they were made. A product is paused, and resumes,
    with its customer only: alone it is lost to the product and comes back.
    """),
)

LAST_DAY_OF_A_PAUSE = Note(
    gettext_noop("Day N of a pause"),
    folded("""
    is in the ledger ahead of its day, like any end that is agreed, and counts when the day has
    come. Its row `+pause` takes the pause back, so over both periods `pause` comes to 0 and `churn`
    to what was lost; `paused` customers likewise.
    """),
)

SCALES = Note(
    gettext_noop("Scales."),
    folded("""
    `csat` and `ces` are of campaigns whose scale has a definition: 1 to 5 and 1 to 10, 1 to 7 and 1
    to 5. With answers on two scales in a cell there is no value (`scale=one`), until one scale or
    `mixed` is chosen; the parts always count the answers by scale, and there is no mean over two.
    Answers on scales that do not count (another one is chosen, or it has no definition, as CSAT on
    1 to 7) are parts of their own, `left_out_...`, and the value's reason says how many they are.
    """),
)

DATED_FACTS = Note(
    gettext_noop("Dated facts"),
    folded("""
    (answers, invitations, sessions, items shown) stand where their customer was that day; under
    product and plan they count in each that the customer paid for that day, or in `none`.
    """),
)

SESSIONS = Note(
    gettext_noop("Sessions"),
    folded("""
    are of the day they began on, whole, however long they last. A mean's interval is over
    customers, whose sessions are alike.
    """),
)

COSTS = Note(
    gettext_noop("Costs"),
    folded("""
    are spread evenly over their days. What was spent until a day is rounded to 10 decimals, and a
    period has the difference of two such sums, so months add up to quarters. A cost stands in the
    segment it names; one without, or with a segment of another kind, where its customer was each
    day, if it names one; else it is `not allocated` (by product and plan always, unless it names
    one). `lag` moves the days back whole months, to the last day of a shorter month. New customers
    stand where they were on their first paying day. Costs convert at each day's rate; without a
    rate from a cost's currency the value is empty. So it is with no cost of the kind on record, or
    none that begins before the end of the days counted: nobody told us of any, which is not 0. From
    the first cost on record on, a period without any has 0.
    """),
)

LIFETIME = Note(
    gettext_noop("Lifetime value."),
    folded("""
    Churn is that of `customer_churn_rate` (or `gross_revenue_churn_rate`) by cohort, paused
    customers lost; a month that is not over at the period's end is none of the six. Without a
    horizon and with a rate d the sum goes on for ever: ARPA x margin x (1+d)/(c+d). The numerator
    is what all paying customers together are worth, each its MRR x margin x expected months; the
    value is their mean. With a horizon there is a value at c = 0 too.
    """),
)

SBG = Note(
    gettext_noop("sBG."),
    folded("""
    All customers so far are one cohort: a life begins on the first paying day and ends with the
    first churn; it ended in period t when t - 1 periods were full the day before. Those still there
    (also paused) have lived the periods full at the close. They stand where they were on the first
    paying day, by product and plan with their life in it. Of all customers the value of a new one
    is taken, whatever they have lived. Without a discount or a horizon there is no value when a is
    1 or less, as the sum has no end.
    """),
)

RESIDUAL = Note(
    gettext_noop("Residual lifetime."),
    folded("""
    With `lifetime=residual` the sBG model values every paying customer by what it has left, from
    its coming renewal on: MRR x margin x months per period x (b+n-1)/(a+b+n-1) x 2F1(1, b+n; a+b+n;
    1/(1+d)), where its coming renewal is the n-th: one more than the periods it has lived in full
    (Fader and Hardie 2010). The numerator is what the customers there are will still bring
    together, the value their mean. One that came back has lived since it came back; a pause does
    not end a life. The longer a customer has been there, the more it has left by this model; a
    constant churn knows no age, so there the option changes nothing.
    """),
)

SBG_MODEL = Note(
    gettext_noop("The shifted-beta-geometric model"),
    folded("""
    (Fader and Hardie 2007) is fitted to survivors by month or year, by maximum likelihood: P(T=t) =
    B(a+1, b+t-1)/B(a,b); S(t) = B(a, b+t)/B(a,b). Value of a new customer: ARPA x margin x months
    per period x 2F1(1, b; a+b; 1/(1+d)), d the rate per period.
    """),
)
