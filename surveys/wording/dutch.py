"""Dutch."""

from surveys.wording.shape import KindWords, Wording

DUTCH = Wording(
    direction="ltr",
    kinds={
        "nps": KindWords(
            question="Hoe waarschijnlijk is het dat u {company} aanbeveelt aan een vriend of "
            "collega?",
            follow_up="Wat is de belangrijkste reden voor uw score?",
            least="Zeer onwaarschijnlijk",
            most="Zeer waarschijnlijk",
        ),
        "csat": KindWords(
            question="Hoe tevreden bent u over {company}?",
            follow_up="Wat kunnen wij beter doen?",
            least="Zeer ontevreden",
            most="Zeer tevreden",
        ),
        "ces": KindWords(
            question="In hoeverre bent u het eens: {company} maakte het mij makkelijk om te "
            "regelen wat ik nodig had?",
            follow_up="Wat had het makkelijker gemaakt?",
            least="Helemaal mee oneens",
            most="Helemaal mee eens",
        ),
    },
    default_thank_you="Wij lezen elk antwoord.",
    greeting="Beste {contact},",
    greeting_without_name="Goedendag,",
    choose="Kies een score van {lowest} tot {highest}:",
    score_of="{score} van {highest}",
    why_you="U ontvangt dit bericht als contactpersoon van {customer} bij {company}.",
    unsubscribe="Geen enquêtes meer van {company}",
    send="Antwoord versturen",
    save="Opslaan",
    comment="In uw eigen woorden",
    saved="Opgeslagen. U kunt het antwoord wijzigen of hieronder aanvullen.",
    not_saved="Nog niet opgeslagen. Druk op de knop.",
    choose_first="Kies een score van {lowest} tot {highest}.",
    your_answer="Uw antwoord",
    change="Antwoord wijzigen",
    expires="U kunt het wijzigen tot {day}.",
    thanks="Hartelijk dank",
    expired="Deze enquête is afgelopen",
    expired_text="De link was 30 dagen geldig. U hoeft niets meer te doen.",
    unknown="Deze link leidt nergens heen",
    unknown_text="Gebruik de hele link zoals die in het bericht staat.",
    unsubscribe_question="Geen enquêtes meer?",
    unsubscribe_text="{company} stuurt dan geen enquêtes meer naar {email}.",
    unsubscribed="U ontvangt geen enquêtes meer",
    unsubscribed_text="{company} stuurt geen enquêtes meer naar {email}.",
    as_user="U bent ingelogd als gebruiker van {company}: dit antwoord wordt als het uwe bewaard "
    "en telt niet mee in de cijfers. Open de link in een privévenster om het als contactpersoon "
    "te proberen.",
    too_long="Gebruik hoogstens {limit} tekens.",
    reminder="Herinnering: {question}",
    reminder_text="U hebt nog niet geantwoord. Eén klik is genoeg.",
    tell_more="Wilt u ons iets meer vertellen?",
    choose_any="Kies alles wat past.",
    answer_wrong="Kies een van de getoonde antwoorden.",
    too_often="Dit antwoord is heel vaak gewijzigd. Wat u eerder hebt verstuurd, blijft bewaard; "
    "verstuur nu niets meer.",
    refer="{company} aanbevelen",
    refer_text="Kent u iemand die {company} kan helpen? Deze link mag u doorgeven.",
)
