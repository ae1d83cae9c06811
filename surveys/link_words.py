"""Words of the pages behind links that are not questions: stopping surveys and referring others.

Texts with a name in braces are filled by surveys.texts.fill.
"""

from __future__ import annotations

from dataclasses import dataclass

from surveys.models.campaign import Language


@dataclass(frozen=True)
class LinkWords:
    """One language."""

    # Getting no more surveys, and getting them again.
    stopped: str
    stopped_text: str
    start_again: str
    started: str
    started_text: str
    stop_after_all: str
    stays_stopped: str
    # Offering a referral, on the page of thanks.
    offer_note: str
    # What somebody reads who was referred.
    welcome_title: str
    welcome: str
    reward_title: str
    name: str
    company_name: str
    email: str
    message: str
    optional: str
    consent: str
    send: str
    privacy: str
    thanks: str
    thanks_text: str
    closed: str
    closed_text: str
    # What is wrong.
    needs_name: str
    needs_email: str
    needs_consent: str
    own_address: str
    too_long: str
    too_often: str
    too_often_text: str


ENGLISH = LinkWords(
    stopped="You get no surveys",
    stopped_text="{company} sends no surveys to {email}.",
    start_again="Get surveys from {company} again",
    started="You get surveys again",
    started_text="{company} may send surveys to {email} again.",
    stop_after_all="Stop them after all",
    stays_stopped="This address cannot be taken up again here. Please write to {company}.",
    offer_note="Your name, {contact}, is shown on that page.",
    welcome_title="{contact} recommends {company}",
    welcome="Leave your address, and {company} will get in touch with you.",
    reward_title="What you get",
    name="Your name",
    company_name="Your company",
    email="Your e-mail address",
    message="Message",
    optional="optional",
    consent="{company} may keep this and contact me about it.",
    send="Send",
    privacy="{company} uses it for this only. To have it removed, write to {company}.",
    thanks="Thank you",
    thanks_text="{company} has your address and will get in touch with you.",
    closed="This link is not in use",
    closed_text="{company} takes no referrals by it at the moment.",
    needs_name="Please write your name.",
    needs_email="Please write your e-mail address, like name@example.com.",
    needs_consent="Please tick this, else {company} may not contact you.",
    own_address="This is the address of the person who gave you the link. Please write your own.",
    too_long="Please keep it to {limit} characters.",
    too_often="Too many at once",
    too_often_text="Please try again in an hour.",
)
GERMAN = LinkWords(
    stopped="Sie erhalten keine Umfragen",
    stopped_text="{company} schickt keine Umfragen an {email}.",
    start_again="Wieder Umfragen von {company} erhalten",
    started="Sie erhalten wieder Umfragen",
    started_text="{company} darf wieder Umfragen an {email} schicken.",
    stop_after_all="Doch keine erhalten",
    stays_stopped="Diese Adresse kann hier nicht wieder aufgenommen werden. Bitte schreiben Sie "
    "an {company}.",
    offer_note="Ihr Name, {contact}, steht auf dieser Seite.",
    welcome_title="{contact} empfiehlt {company}",
    welcome="Hinterlassen Sie Ihre Adresse, und {company} meldet sich bei Ihnen.",
    reward_title="Was Sie davon haben",
    name="Ihr Name",
    company_name="Ihr Unternehmen",
    email="Ihre E-Mail-Adresse",
    message="Nachricht",
    optional="freiwillig",
    consent="{company} darf diese Angaben speichern und mich dazu ansprechen.",
    send="Absenden",
    privacy="{company} verwendet sie nur dafür. Um sie löschen zu lassen, schreiben Sie an "
    "{company}.",
    thanks="Vielen Dank",
    thanks_text="{company} hat Ihre Adresse und meldet sich bei Ihnen.",
    closed="Dieser Link ist nicht in Gebrauch",
    closed_text="{company} nimmt darüber zurzeit keine Empfehlungen an.",
    needs_name="Bitte schreiben Sie Ihren Namen.",
    needs_email="Bitte schreiben Sie Ihre E-Mail-Adresse, wie name@example.com.",
    needs_consent="Bitte kreuzen Sie dies an, sonst darf {company} Sie nicht ansprechen.",
    own_address="Dies ist die Adresse der Person, von der Sie den Link haben. Bitte schreiben "
    "Sie Ihre eigene.",
    too_long="Bitte höchstens {limit} Zeichen.",
    too_often="Zu viele auf einmal",
    too_often_text="Bitte versuchen Sie es in einer Stunde noch einmal.",
)
FRENCH = LinkWords(
    stopped="Vous ne recevez pas d'enquêtes",
    stopped_text="{company} n'envoie pas d'enquêtes à {email}.",
    start_again="Recevoir à nouveau les enquêtes de {company}",
    started="Vous recevrez à nouveau des enquêtes",
    started_text="{company} peut à nouveau envoyer des enquêtes à {email}.",
    stop_after_all="Ne plus en recevoir, finalement",
    stays_stopped="Cette adresse ne peut pas être reprise ici. Veuillez écrire à {company}.",
    offer_note="Votre nom, {contact}, figure sur cette page.",
    welcome_title="{contact} recommande {company}",
    welcome="Laissez votre adresse, et {company} prendra contact avec vous.",
    reward_title="Ce que vous y gagnez",
    name="Votre nom",
    company_name="Votre entreprise",
    email="Votre adresse e-mail",
    message="Message",
    optional="facultatif",
    consent="{company} peut conserver ces données et me contacter à ce sujet.",
    send="Envoyer",
    privacy="{company} ne les utilise que pour cela. Pour les faire supprimer, écrivez à "
    "{company}.",
    thanks="Merci",
    thanks_text="{company} a votre adresse et prendra contact avec vous.",
    closed="Ce lien n'est pas utilisé",
    closed_text="{company} n'accepte pas de recommandations par ce lien en ce moment.",
    needs_name="Veuillez écrire votre nom.",
    needs_email="Veuillez écrire votre adresse e-mail, comme nom@example.com.",
    needs_consent="Veuillez cocher cette case, sinon {company} ne peut pas vous contacter.",
    own_address="C'est l'adresse de la personne qui vous a donné le lien. Veuillez écrire la "
    "vôtre.",
    too_long="{limit} caractères au plus, s'il vous plaît.",
    too_often="Trop à la fois",
    too_often_text="Veuillez réessayer dans une heure.",
)
SPANISH = LinkWords(
    stopped="No recibe encuestas",
    stopped_text="{company} no envía encuestas a {email}.",
    start_again="Volver a recibir encuestas de {company}",
    started="Volverá a recibir encuestas",
    started_text="{company} puede volver a enviar encuestas a {email}.",
    stop_after_all="No recibirlas, al final",
    stays_stopped="Esta dirección no se puede volver a incluir aquí. Escriba a {company}, por "
    "favor.",
    offer_note="Su nombre, {contact}, aparece en esa página.",
    welcome_title="{contact} recomienda {company}",
    welcome="Deje su dirección y {company} se pondrá en contacto con usted.",
    reward_title="Lo que gana",
    name="Su nombre",
    company_name="Su empresa",
    email="Su correo electrónico",
    message="Mensaje",
    optional="opcional",
    consent="{company} puede guardar estos datos y contactarme sobre ello.",
    send="Enviar",
    privacy="{company} los usa solo para esto. Para que se borren, escriba a {company}.",
    thanks="Gracias",
    thanks_text="{company} tiene su dirección y se pondrá en contacto con usted.",
    closed="Este enlace no está en uso",
    closed_text="{company} no acepta recomendaciones por él en este momento.",
    needs_name="Escriba su nombre, por favor.",
    needs_email="Escriba su correo electrónico, como nombre@example.com.",
    needs_consent="Marque esta casilla; si no, {company} no puede contactarle.",
    own_address="Es la dirección de la persona que le dio el enlace. Escriba la suya, por favor.",
    too_long="{limit} caracteres como máximo, por favor.",
    too_often="Demasiados a la vez",
    too_often_text="Inténtelo de nuevo dentro de una hora, por favor.",
)
ITALIAN = LinkWords(
    stopped="Non riceve sondaggi",
    stopped_text="{company} non invia sondaggi a {email}.",
    start_again="Ricevi di nuovo i sondaggi di {company}",
    started="Riceve di nuovo i sondaggi",
    started_text="{company} può inviare di nuovo sondaggi a {email}.",
    stop_after_all="Preferisco non riceverli",
    stays_stopped="Questo indirizzo non può essere riattivato qui. Scriva a {company}.",
    offer_note="Il Suo nome, {contact}, compare su questa pagina.",
    welcome_title="{contact} consiglia {company}",
    welcome="Lasci il Suo indirizzo e {company} La contatterà.",
    reward_title="Che cosa ne ricava",
    name="Il Suo nome",
    company_name="La Sua azienda",
    email="Il Suo indirizzo e-mail",
    message="Messaggio",
    optional="facoltativo",
    consent="{company} può conservare questi dati e contattarmi in merito.",
    send="Invia",
    privacy="{company} li usa solo per questo. Per farli cancellare, scriva a {company}.",
    thanks="Grazie",
    thanks_text="{company} ha il Suo indirizzo e La contatterà.",
    closed="Questo link non è in uso",
    closed_text="Al momento {company} non accetta segnalazioni attraverso questo link.",
    needs_name="Scriva il Suo nome.",
    needs_email="Scriva il Suo indirizzo e-mail, come nome@example.com.",
    needs_consent="Spunti questa casella, altrimenti {company} non può contattarLa.",
    own_address="Questo è l'indirizzo della persona da cui ha ricevuto il link. Scriva il Suo.",
    too_long="Al massimo {limit} caratteri, per favore.",
    too_often="Troppe in una volta",
    too_often_text="Riprovi tra un'ora.",
)
ARABIC = LinkWords(
    stopped="لا تصلك استبيانات",
    stopped_text="لا ترسل {company} استبيانات إلى {email}.",
    start_again="استلام استبيانات {company} من جديد",
    started="ستصلك الاستبيانات من جديد",
    started_text="يمكن لـ {company} إرسال استبيانات إلى {email} من جديد.",
    stop_after_all="إيقافها رغم ذلك",
    stays_stopped="لا يمكن إعادة هذا العنوان هنا. يرجى مراسلة {company}.",
    offer_note="يظهر اسمك، {contact}، في تلك الصفحة.",
    welcome_title="{contact} يوصي بـ {company}",
    welcome="اترك عنوانك، وستتواصل {company} معك.",
    reward_title="ما تحصل عليه",
    name="اسمك",
    company_name="شركتك",
    email="بريدك الإلكتروني",
    message="رسالة",
    optional="اختياري",
    consent="يمكن لـ {company} حفظ هذه البيانات والتواصل معي بشأنها.",
    send="إرسال",
    privacy="تستخدمها {company} لهذا الغرض فقط. لحذفها راسل {company}.",
    thanks="شكرًا لك",
    thanks_text="عنوانك لدى {company} وستتواصل معك.",
    closed="هذا الرابط غير مستخدم",
    closed_text="لا تقبل {company} توصيات من خلاله حاليًا.",
    needs_name="يرجى كتابة اسمك.",
    needs_email="يرجى كتابة بريدك الإلكتروني، مثل name@example.com.",
    needs_consent="يرجى وضع علامة هنا، وإلا فلا يمكن لـ {company} التواصل معك.",
    own_address="هذا عنوان الشخص الذي أعطاك الرابط. يرجى كتابة عنوانك.",
    too_long="{limit} حرف على الأكثر من فضلك.",
    too_often="محاولات كثيرة دفعة واحدة",
    too_often_text="يرجى المحاولة مرة أخرى بعد ساعة.",
)
DUTCH = LinkWords(
    stopped="U ontvangt geen enquêtes",
    stopped_text="{company} stuurt geen enquêtes naar {email}.",
    start_again="Weer enquêtes van {company} ontvangen",
    started="U ontvangt weer enquêtes",
    started_text="{company} mag weer enquêtes naar {email} sturen.",
    stop_after_all="Toch geen enquêtes ontvangen",
    stays_stopped="Dit adres kan hier niet opnieuw worden aangemeld. Schrijf naar {company}.",
    offer_note="Uw naam, {contact}, staat op die pagina.",
    welcome_title="{contact} beveelt {company} aan",
    welcome="Laat uw adres achter, dan neemt {company} contact met u op.",
    reward_title="Wat u ervoor krijgt",
    name="Uw naam",
    company_name="Uw bedrijf",
    email="Uw e-mailadres",
    message="Bericht",
    optional="optioneel",
    consent="{company} mag dit bewaren en mij erover benaderen.",
    send="Versturen",
    privacy="{company} gebruikt het alleen hiervoor. Schrijf naar {company} om het te laten "
    "verwijderen.",
    thanks="Hartelijk dank",
    thanks_text="{company} heeft uw adres en neemt contact met u op.",
    closed="Deze link is niet in gebruik",
    closed_text="{company} neemt er op dit moment geen aanbevelingen mee aan.",
    needs_name="Vul uw naam in.",
    needs_email="Vul uw e-mailadres in, zoals naam@example.com.",
    needs_consent="Vink dit aan, anders mag {company} u niet benaderen.",
    own_address="Dit is het adres van wie u de link gaf. Vul uw eigen adres in.",
    too_long="Gebruik hoogstens {limit} tekens.",
    too_often="Te veel tegelijk",
    too_often_text="Probeer het over een uur opnieuw.",
)

LINK_WORDS: dict[str, LinkWords] = {
    Language.ENGLISH: ENGLISH,
    Language.GERMAN: GERMAN,
    Language.FRENCH: FRENCH,
    Language.SPANISH: SPANISH,
    Language.ITALIAN: ITALIAN,
    Language.DUTCH: DUTCH,
    Language.ARABIC: ARABIC,
}
