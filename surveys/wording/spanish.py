"""Spanish."""

from surveys.wording.shape import KindWords, Wording

SPANISH = Wording(
    direction="ltr",
    kinds={
        "nps": KindWords(
            question="¿Qué probabilidad hay de que recomiende {company} a otra persona?",
            follow_up="¿Cuál es el motivo principal de su puntuación?",
            least="Nada probable",
            most="Muy probable",
        ),
        "csat": KindWords(
            question="¿Qué grado de satisfacción tiene con {company}?",
            follow_up="¿Qué podríamos mejorar?",
            least="Nada satisfecho/a",
            most="Muy satisfecho/a",
        ),
        "ces": KindWords(
            question="¿Está de acuerdo? {company} me facilitó hacer lo que necesitaba.",
            follow_up="¿Qué lo habría hecho más fácil?",
            least="Totalmente en desacuerdo",
            most="Totalmente de acuerdo",
        ),
    },
    default_thank_you="Leemos todas las respuestas.",
    greeting="Hola, {contact}:",
    greeting_without_name="Hola:",
    choose="Elija una puntuación de {lowest} a {highest}:",
    score_of="{score} de {highest}",
    why_you="Recibe este correo como contacto de {customer} en {company}.",
    unsubscribe="No recibir más encuestas de {company}",
    send="Enviar mi respuesta",
    save="Guardar",
    comment="Con sus palabras",
    saved="Guardado. Puede cambiarla o añadir unas palabras abajo.",
    not_saved="Aún no se ha guardado. Pulse el botón, por favor.",
    choose_first="Elija una puntuación de {lowest} a {highest}, por favor.",
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
    "las cifras. Para probarlo como un contacto, abra el enlace en una ventana privada.",
    too_long="{limit} caracteres como máximo, por favor.",
    reminder="Recordatorio: {question}",
    reminder_text="Aún no ha respondido. Basta con un clic.",
    tell_more="¿Quiere contarnos un poco más?",
    choose_any="Elija todo lo que corresponda.",
    answer_wrong="Elija entre las respuestas mostradas, por favor.",
    too_often="Esta respuesta se ha cambiado muchas veces. Se conserva lo que envió antes; no "
    "envíe más por ahora, por favor.",
    refer="Recomendar {company}",
    refer_text="¿Conoce a alguien a quien {company} pueda ayudar? Puede compartir este enlace.",
)
