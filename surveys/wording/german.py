"""German."""

from surveys.wording.shape import KindWords, Wording

GERMAN = Wording(
    direction="ltr",
    kinds={
        "nps": KindWords(
            question="Wie wahrscheinlich ist es, dass Sie {company} weiterempfehlen?",
            follow_up="Was ist der wichtigste Grund für Ihre Bewertung?",
            least="Sehr unwahrscheinlich",
            most="Sehr wahrscheinlich",
        ),
        "csat": KindWords(
            question="Wie zufrieden sind Sie mit {company}?",
            follow_up="Was können wir besser machen?",
            least="Sehr unzufrieden",
            most="Sehr zufrieden",
        ),
        "ces": KindWords(
            question="Wie sehr stimmen Sie zu: {company} hat es mir leicht gemacht, mein "
            "Anliegen zu erledigen?",
            follow_up="Was hätte es leichter gemacht?",
            least="Stimme gar nicht zu",
            most="Stimme voll zu",
        ),
    },
    default_thank_you="Wir lesen jede Antwort.",
    greeting="Guten Tag {contact},",
    greeting_without_name="Guten Tag,",
    choose="Wählen Sie einen Wert von {lowest} bis {highest}:",
    score_of="{score} von {highest}",
    why_you="Sie erhalten diese Nachricht als Kontakt von {customer} bei {company}.",
    unsubscribe="Keine Umfragen mehr von {company}",
    send="Antwort senden",
    save="Speichern",
    comment="In Ihren Worten",
    saved="Gespeichert. Sie können die Antwort ändern oder unten ergänzen.",
    not_saved="Noch nicht gespeichert. Bitte klicken Sie auf die Schaltfläche.",
    choose_first="Bitte wählen Sie einen Wert von {lowest} bis {highest}.",
    your_answer="Ihre Antwort",
    change="Antwort ändern",
    expires="Sie können sie bis {day} ändern.",
    thanks="Vielen Dank",
    expired="Diese Umfrage ist beendet",
    expired_text="Der Link galt 30 Tage. Sie müssen nichts weiter tun.",
    unknown="Dieser Link führt nirgendwohin",
    unknown_text="Bitte verwenden Sie den ganzen Link aus der Nachricht.",
    unsubscribe_question="Keine Umfragen mehr?",
    unsubscribe_text="{company} schickt dann keine Umfragen mehr an {email}.",
    unsubscribed="Sie erhalten keine Umfragen mehr",
    unsubscribed_text="{company} schickt keine Umfragen mehr an {email}.",
    as_user="Sie sind bei {company} angemeldet: Die Antwort wird als Ihre gespeichert und "
    "zählt in den Zahlen nicht mit. Um es wie ein Kontakt auszuprobieren, öffnen Sie den Link in "
    "einem privaten Fenster.",
    too_long="Bitte höchstens {limit} Zeichen.",
    reminder="Zur Erinnerung: {question}",
    reminder_text="Sie haben noch nicht geantwortet. Ein Klick genügt.",
    tell_more="Möchten Sie uns etwas mehr sagen?",
    choose_any="Wählen Sie alles, was passt.",
    answer_wrong="Bitte wählen Sie unter den gezeigten Antworten.",
    too_often="Diese Antwort wurde sehr oft geändert. Was Sie zuvor gesendet haben, bleibt "
    "erhalten; bitte senden Sie jetzt nichts mehr.",
    refer="{company} weiterempfehlen",
    refer_text="Kennen Sie jemanden, dem {company} helfen könnte? Diesen Link können Sie "
    "weitergeben.",
)
