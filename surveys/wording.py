"""The portal's own words in mails and on answer pages, in the languages of a campaign."""

from __future__ import annotations

from dataclasses import dataclass

from surveys.models.campaign import Language


@dataclass(frozen=True)
class Wording:
    """One language. Texts with a name in braces are filled by surveys.texts.fill."""

    direction: str
    default_question: str
    default_follow_up: str
    default_thank_you: str
    greeting: str
    greeting_without_name: str
    choose: str
    least: str
    most: str
    score_of: str
    why_you: str
    unsubscribe: str
    send: str
    save: str
    comment: str
    saved: str
    not_saved: str
    choose_first: str
    your_answer: str
    change: str
    expires: str
    thanks: str
    expired: str
    expired_text: str
    unknown: str
    unknown_text: str
    unsubscribe_question: str
    unsubscribe_text: str
    unsubscribed: str
    unsubscribed_text: str
    as_user: str
    too_long: str


ENGLISH = Wording(
    direction="ltr",
    default_question="How likely are you to recommend {company} to a friend or colleague?",
    default_follow_up="What is the main reason for your score?",
    default_thank_you="We read every answer.",
    greeting="Hello {contact},",
    greeting_without_name="Hello,",
    choose="Choose a score from 0 to 10:",
    least="Not at all likely",
    most="Extremely likely",
    score_of="{score} out of 10",
    why_you="You get this mail because you are a contact of {customer} at {company}.",
    unsubscribe="Get no more surveys from {company}",
    send="Send my answer",
    save="Save",
    comment="In your own words",
    saved="Saved. You can change it, or add a few words below.",
    not_saved="Not saved yet. Please press the button.",
    choose_first="Please choose a score from 0 to 10.",
    your_answer="Your answer",
    change="Change my answer",
    expires="You can change it until {day}.",
    thanks="Thank you",
    expired="This survey has ended",
    expired_text="Its link worked for 30 days. Nothing more is needed from you.",
    unknown="This link leads nowhere",
    unknown_text="Please use the whole link as it is in the mail.",
    unsubscribe_question="No more surveys?",
    unsubscribe_text="{company} will not send surveys to {email} any more.",
    unsubscribed="You will get no more surveys",
    unsubscribed_text="{company} sends no more surveys to {email}.",
    as_user="You are signed in as a user of {company}: this answer is kept, marked as yours, "
    "and left out of the figures.",
    too_long="Please keep it to {limit} characters.",
)
GERMAN = Wording(
    direction="ltr",
    default_question="Wie wahrscheinlich ist es, dass Sie {company} weiterempfehlen?",
    default_follow_up="Was ist der wichtigste Grund für Ihre Bewertung?",
    default_thank_you="Wir lesen jede Antwort.",
    greeting="Guten Tag {contact},",
    greeting_without_name="Guten Tag,",
    choose="Wählen Sie einen Wert von 0 bis 10:",
    least="Sehr unwahrscheinlich",
    most="Sehr wahrscheinlich",
    score_of="{score} von 10",
    why_you="Sie erhalten diese Nachricht als Kontakt von {customer} bei {company}.",
    unsubscribe="Keine Umfragen mehr von {company}",
    send="Antwort senden",
    save="Speichern",
    comment="In Ihren Worten",
    saved="Gespeichert. Sie können die Antwort ändern oder unten ergänzen.",
    not_saved="Noch nicht gespeichert. Bitte drücken Sie die Taste.",
    choose_first="Bitte wählen Sie einen Wert von 0 bis 10.",
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
    "zählt in den Zahlen nicht mit.",
    too_long="Bitte höchstens {limit} Zeichen.",
)
FRENCH = Wording(
    direction="ltr",
    default_question="Recommanderiez-vous {company} à un proche ou à un collègue ?",
    default_follow_up="Quelle est la raison principale de votre note ?",
    default_thank_you="Nous lisons chaque réponse.",
    greeting="Bonjour {contact},",
    greeting_without_name="Bonjour,",
    choose="Choisissez une note de 0 à 10 :",
    least="Pas du tout probable",
    most="Très probable",
    score_of="{score} sur 10",
    why_you="Vous recevez ce message en tant que contact de {customer} chez {company}.",
    unsubscribe="Ne plus recevoir d'enquêtes de {company}",
    send="Envoyer ma réponse",
    save="Enregistrer",
    comment="Avec vos mots",
    saved="Enregistré. Vous pouvez modifier la note ou ajouter quelques mots ci-dessous.",
    not_saved="Pas encore enregistré. Veuillez appuyer sur le bouton.",
    choose_first="Veuillez choisir une note de 0 à 10.",
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
    "ne compte pas dans les chiffres.",
    too_long="{limit} caractères au plus, s'il vous plaît.",
)
SPANISH = Wording(
    direction="ltr",
    default_question="¿Qué probabilidad hay de que recomiende {company} a otra persona?",
    default_follow_up="¿Cuál es el motivo principal de su puntuación?",
    default_thank_you="Leemos todas las respuestas.",
    greeting="Hola, {contact}:",
    greeting_without_name="Hola:",
    choose="Elija una puntuación de 0 a 10:",
    least="Nada probable",
    most="Muy probable",
    score_of="{score} de 10",
    why_you="Recibe este correo como contacto de {customer} en {company}.",
    unsubscribe="No recibir más encuestas de {company}",
    send="Enviar mi respuesta",
    save="Guardar",
    comment="Con sus palabras",
    saved="Guardado. Puede cambiarla o añadir unas palabras abajo.",
    not_saved="Aún no se ha guardado. Pulse el botón, por favor.",
    choose_first="Elija una puntuación de 0 a 10, por favor.",
    your_answer="Su respuesta",
    change="Cambiar mi respuesta",
    expires="Puede cambiarla hasta el {day}.",
    thanks="Gracias",
    expired="Esta encuesta ha terminado",
    expired_text="Su enlace valía 30 días. No tiene que hacer nada más.",
    unknown="Este enlace no lleva a ninguna parte",
    unknown_text="Use el enlace completo del correo, por favor.",
    unsubscribe_question="¿No recibir más encuestas?",
    unsubscribe_text="{company} no enviará más encuestas a {email}.",
    unsubscribed="No recibirá más encuestas",
    unsubscribed_text="{company} no envía más encuestas a {email}.",
    as_user="Ha iniciado sesión en {company}: la respuesta se guarda como suya y no cuenta en "
    "las cifras.",
    too_long="{limit} caracteres como máximo, por favor.",
)
ARABIC = Wording(
    direction="rtl",
    default_question="ما مدى احتمال أن توصي بـ {company} لصديق أو زميل؟",
    default_follow_up="ما السبب الرئيسي لتقييمك؟",
    default_thank_you="نقرأ كل إجابة.",
    greeting="مرحبًا {contact}،",
    greeting_without_name="مرحبًا،",
    choose="اختر تقييمًا من 0 إلى 10:",
    least="غير محتمل على الإطلاق",
    most="محتمل جدًا",
    score_of="{score} من 10",
    why_you="تصلك هذه الرسالة لأنك جهة اتصال لدى {customer} في {company}.",
    unsubscribe="إيقاف استبيانات {company}",
    send="إرسال إجابتي",
    save="حفظ",
    comment="بكلماتك",
    saved="تم الحفظ. يمكنك تغيير التقييم أو إضافة بضع كلمات أدناه.",
    not_saved="لم يُحفظ بعد. يرجى الضغط على الزر.",
    choose_first="يرجى اختيار تقييم من 0 إلى 10.",
    your_answer="إجابتك",
    change="تغيير إجابتي",
    expires="يمكنك تغييرها حتى {day}.",
    thanks="شكرًا لك",
    expired="انتهى هذا الاستبيان",
    expired_text="كان الرابط صالحًا لمدة 30 يومًا. لا يلزمك فعل أي شيء آخر.",
    unknown="هذا الرابط لا يؤدي إلى شيء",
    unknown_text="يرجى استخدام الرابط الكامل كما ورد في الرسالة.",
    unsubscribe_question="إيقاف الاستبيانات؟",
    unsubscribe_text="لن ترسل {company} استبيانات إلى {email} بعد الآن.",
    unsubscribed="لن تصلك استبيانات أخرى",
    unsubscribed_text="لا ترسل {company} استبيانات إلى {email} بعد الآن.",
    as_user="أنت مسجّل الدخول لدى {company}: تُحفظ هذه الإجابة باسمك ولا تدخل في الأرقام.",
    too_long="{limit} حرف على الأكثر من فضلك.",
)

WORDINGS: dict[str, Wording] = {
    Language.ENGLISH: ENGLISH,
    Language.GERMAN: GERMAN,
    Language.FRENCH: FRENCH,
    Language.SPANISH: SPANISH,
    Language.ARABIC: ARABIC,
}
