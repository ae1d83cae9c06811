"""Italian."""

from surveys.wording.shape import KindWords, Wording

ITALIAN = Wording(
    direction="ltr",
    kinds={
        "nps": KindWords(
            question="Con quale probabilità consiglierebbe {company} a un amico o a un collega?",
            follow_up="Qual è il motivo principale del Suo voto?",
            least="Per niente probabile",
            most="Molto probabile",
        ),
        "csat": KindWords(
            question="Quanto è soddisfatto/a di {company}?",
            follow_up="Che cosa potremmo fare meglio?",
            least="Molto insoddisfatto/a",
            most="Molto soddisfatto/a",
        ),
        "ces": KindWords(
            question="Quanto è d'accordo: {company} mi ha reso le cose facili?",
            follow_up="Che cosa le avrebbe rese più facili?",
            least="Per niente d'accordo",
            most="Completamente d'accordo",
        ),
    },
    default_thank_you="Leggiamo ogni risposta.",
    greeting="Buongiorno {contact},",
    greeting_without_name="Buongiorno,",
    choose="Scelga un voto da {lowest} a {highest}:",
    score_of="{score} su {highest}",
    why_you="Riceve questo messaggio come contatto di {customer} presso {company}.",
    unsubscribe="Non ricevere più sondaggi da {company}",
    send="Invia la risposta",
    save="Salva",
    comment="Con parole Sue",
    saved="Salvato. Può modificare la risposta o aggiungere qualche parola qui sotto.",
    not_saved="Non ancora salvato. Prema il pulsante.",
    choose_first="Scelga un voto da {lowest} a {highest}.",
    your_answer="La Sua risposta",
    change="Modifica la risposta",
    expires="Può modificarla fino al {day}.",
    thanks="Grazie",
    expired="Questo sondaggio è terminato",
    expired_text="Il link era valido 30 giorni. Non occorre fare altro.",
    unknown="Questo link non porta da nessuna parte",
    unknown_text="Usi il link completo che trova nel messaggio.",
    unsubscribe_question="Niente più sondaggi?",
    unsubscribe_text="{company} non invierà più sondaggi a {email}.",
    unsubscribed="Non riceverà più sondaggi",
    unsubscribed_text="{company} non invia più sondaggi a {email}.",
    as_user="Ha effettuato l'accesso a {company}: questa risposta viene conservata come Sua e non "
    "conta nei risultati. Per provarlo come un contatto, apra il link in una finestra privata.",
    too_long="Al massimo {limit} caratteri, per favore.",
    reminder="Promemoria: {question}",
    reminder_text="Non ha ancora risposto. Basta un clic.",
    tell_more="Vuole dirci qualcosa di più?",
    choose_any="Scelga tutto ciò che corrisponde.",
    answer_wrong="Scelga tra le risposte mostrate.",
    too_often="Questa risposta è stata modificata molto spesso. Ciò che ha inviato prima resta "
    "conservato; per ora non invii altro.",
    refer="Consiglia {company}",
    refer_text="Conosce qualcuno a cui {company} potrebbe essere d'aiuto? Può condividere questo "
    "link.",
)
