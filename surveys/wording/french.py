"""French."""

from surveys.wording.shape import KindWords, Wording

FRENCH = Wording(
    direction="ltr",
    kinds={
        "nps": KindWords(
            question="Recommanderiez-vous {company} à un proche ou à un collègue ?",
            follow_up="Quelle est la raison principale de votre note ?",
            least="Pas du tout probable",
            most="Très probable",
        ),
        "csat": KindWords(
            question="Dans quelle mesure êtes-vous satisfait(e) de {company} ?",
            follow_up="Que pourrions-nous améliorer ?",
            least="Très insatisfait(e)",
            most="Très satisfait(e)",
        ),
        "ces": KindWords(
            question="Êtes-vous d'accord : {company} m'a facilité la tâche ?",
            follow_up="Qu'est-ce qui aurait rendu les choses plus faciles ?",
            least="Pas du tout d'accord",
            most="Tout à fait d'accord",
        ),
    },
    default_thank_you="Nous lisons chaque réponse.",
    greeting="Bonjour {contact},",
    greeting_without_name="Bonjour,",
    choose="Choisissez une note de {lowest} à {highest} :",
    score_of="{score} sur {highest}",
    why_you="Vous recevez ce message en tant que contact de {customer} chez {company}.",
    unsubscribe="Ne plus recevoir d'enquêtes de {company}",
    send="Envoyer ma réponse",
    save="Enregistrer",
    comment="Avec vos mots",
    saved="Enregistré. Vous pouvez modifier la note ou ajouter quelques mots ci-dessous.",
    not_saved="Pas encore enregistré. Veuillez appuyer sur le bouton.",
    choose_first="Veuillez choisir une note de {lowest} à {highest}.",
    your_answer="Votre réponse",
    change="Modifier ma réponse",
    expires="Vous pouvez la modifier jusqu'au {day}.",
    thanks="Merci",
    expired="Cette enquête est terminée",
    expired_text="Son lien était valable 30 jours. Vous n'avez plus rien à faire.",
    unknown="Ce lien ne mène nulle part",
    unknown_text="Veuillez utiliser le lien complet du message.",
    unsubscribe_question="Ne plus recevoir d'enquêtes ?",
    unsubscribe_text="{company} n'enverra plus d'enquêtes à {email}.",
    unsubscribed="Vous ne recevrez plus d'enquêtes",
    unsubscribed_text="{company} n'envoie plus d'enquêtes à {email}.",
    as_user="Vous êtes connecté chez {company} : cette réponse est conservée comme la vôtre et "
    "ne compte pas dans les chiffres. Pour l'essayer comme un contact, ouvrez le lien dans une "
    "fenêtre privée.",
    too_long="{limit} caractères au plus, s'il vous plaît.",
    reminder="Rappel : {question}",
    reminder_text="Vous n'avez pas encore répondu. Un clic suffit.",
    tell_more="Souhaitez-vous nous en dire un peu plus ?",
    choose_any="Choisissez tout ce qui convient.",
    answer_wrong="Veuillez choisir parmi les réponses proposées.",
    too_often="Cette réponse a été modifiée très souvent. Ce que vous avez envoyé auparavant "
    "est conservé ; veuillez ne plus rien envoyer pour l'instant.",
    refer="Recommander {company}",
    refer_text="Connaissez-vous quelqu'un que {company} pourrait aider ? Ce lien est à partager.",
)
