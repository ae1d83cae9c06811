"""The form of a task."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.actions.tasks import workers
from customers.models import Customer, Task
from customers.models.task import TEXT_LENGTH, TITLE_LENGTH

NOBODY = gettext_lazy("Nobody yet")
_SUGGESTED = 5


class TaskForm(forms.Form):
    """What is to be done about whom, by whom, until when. `customer` is asked for only where the
    page does not know it."""

    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        max_length=300,
        help_text=gettext_lazy("The customer's id or its whole name."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    title = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=TITLE_LENGTH,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    assignee = forms.ChoiceField(label=gettext_lazy("Who does it"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Due on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("It shows on Today from this day on; without one, at once."),
    )
    text = forms.CharField(
        label=gettext_lazy("More about it"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *args: Any, known: Customer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        if known is not None:
            del self.fields["customer"]
        self.users = {user.email: user for user in workers()}
        self.offer()

    def offer(self) -> None:
        """The people who can be chosen."""
        field = self.fields["assignee"]
        assert isinstance(field, forms.ChoiceField)
        people = [(email, str(user)) for email, user in self.users.items()]
        field.choices = [("", str(NOBODY)), *people]

    def clean_customer(self) -> Customer:
        wanted = self.cleaned_data["customer"].replace("\0", "").strip()
        found = Customer.objects.known_as(wanted)
        if found is not None:
            return found
        named = list(Customer.objects.filter(name__iexact=wanted).order_by("pk")[:2])
        if len(named) == 1:
            return named[0]
        near = named or list(Customer.objects.search(wanted).order_by("name")[:_SUGGESTED])
        words = ", ".join(f"{one.name} ({one.external_id})" for one in near)
        if words:
            raise forms.ValidationError(
                _("There is no one customer of this id or name. Do you mean {names}?").format(
                    names=words
                )
            )
        raise forms.ValidationError(
            _("There is no one customer of this id or name. Look it up under Customers.")
        )

    def said(self) -> dict[str, Any]:
        """The arguments of customers.actions.tasks.make and edit."""
        due_on: dt.date | None = self.cleaned_data["due_on"]
        assignee: User | None = self.users.get(self.cleaned_data["assignee"])
        return {
            "title": self.cleaned_data["title"],
            "text": self.cleaned_data["text"],
            "due_on": due_on,
            "assignee": assignee,
        }


def of_task(task: Task, data: Any = None) -> TaskForm:
    """The form of a task that is there, its assignee offered even where they may not work."""
    initial = {
        "title": task.title,
        "text": task.text,
        "due_on": task.due_on,
        "assignee": task.assignee.email if task.assignee else "",
    }
    form = TaskForm(data, known=task.customer, initial=initial)
    if task.assignee and task.assignee.email not in form.users:
        form.users[task.assignee.email] = task.assignee
        form.offer()
    return form
