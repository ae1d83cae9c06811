"""The portal's own words for and against, by language, and the words that turn one round.

Short on purpose: everybody can read them on the page of the rules, and add their own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Space-separated, lower case; accents do not matter."""

    positive: str
    negative: str
    negations: str


WORDS: dict[str, Words] = {
    "en": Words(
        positive=(
            "amazing appreciate awesome best better brilliant clear delighted easy effective"
            " efficient enjoy enjoyed excellent exceptional fabulous fantastic fast flawless"
            " friendly glad good great happy helped helpful impressed improved impressive intuitive"
            " like likes love loved loves lovely nice outstanding perfect perfectly pleasant"
            " pleased pleasure professional quick quickly recommend reliable responsive satisfied"
            " simple smooth smoothly solid superb supportive terrific thank thanks useful"
            " valuable wonderful"
        ),
        negative=(
            "angry annoyed annoying awful bad badly broken bug bugs buggy cancel clumsy complain"
            " complaint complicated confused confusing crash crashed crashes crashing delay delayed"
            " delays difficult disappointed disappointing disappointment dislike error errors"
            " expensive fail failed failing fails failure frustrated frustrating frustration hard"
            " hate horrible impossible incompetent incomplete issue issues lacking lags late lost"
            " mess missing outage outages outdated overpriced poor poorly problem problems rude"
            " slow slowly stuck terrible unacceptable unclear unfriendly unhappy unhelpful"
            " unreliable unresponsive unusable upset useless waste worse worst wrong"
        ),
        negations=(
            "not no never neither nor without hardly cannot cant dont doesnt didnt isnt arent"
            " wasnt werent wont wouldnt couldnt"
        ),
    ),
    "de": Words(
        positive=(
            "angenehm ausgezeichnet begeistert beste besten besser danke dankbar effizient einfach"
            " einwandfrei empfehlen empfehle erfreulich fantastisch freundlich gefällt gerne"
            " genial großartig gut gute guten guter gutes hervorragend hilfreich hilfsbereit ideal"
            " intuitiv klasse kompetent leicht loben mag nett nützlich perfekt praktisch prima"
            " problemlos reibungslos schnell schnelle super toll tolle tolles top übersichtlich"
            " verständlich vielen wunderbar zufrieden zuverlässig"
        ),
        negative=(
            "abgestürzt absturz abstürze ärger ärgerlich ausfall ausfälle defekt enttäuschend"
            " enttäuscht enttäuschung fehler fehlerhaft fehlt fehlen frustrierend furchtbar"
            " inkompetent kaputt katastrophal katastrophe kompliziert kündigen lahm langsam"
            " langsame leider mangelhaft miserabel mühsam nervig nervt probleme problem schlecht"
            " schlechte schlechter schlimm schwach schwer schwierig teuer überteuert umständlich"
            " unbrauchbar unfreundlich unklar unmöglich unübersichtlich unverständlich"
            " unzufrieden unzuverlässig verloren verspätet verwirrend zäh"
        ),
        negations="nicht nie niemals kein keine keinen keiner keinem keines ohne weder kaum",
    ),
    "fr": Words(
        positive=(
            "agréable aime apprécie bien bon bonne bonnes bons clair claire content contente"
            " efficace excellent excellente facile fantastique fiable fluide formidable génial"
            " géniale idéal intuitif intuitive merci meilleur meilleure parfait parfaite plaisir"
            " pratique professionnel professionnelle rapide rapidement ravi ravie réactif réactive"
            " recommande satisfait satisfaite simple super sympa top utile"
        ),
        negative=(
            "agaçant bogue bogues bug bugs cassé cher chère compliqué compliquée confus déçu"
            " déçue décevant décevante déception défaut difficile erreur erreurs frustrant"
            " horrible impossible incompétent incomplet insatisfait insatisfaite insuffisant"
            " inutile lent lente lenteur long longue manque mauvais mauvaise médiocre nul nulle"
            " panne pannes pénible perdu plantage plante problème problèmes résilier retard retards"
            " trop"
        ),
        negations="pas ne jamais sans aucun aucune ni guère",
    ),
    "es": Words(
        positive=(
            "agradable agradecido amable bien buen buena buenas bueno buenos claro contento"
            " contenta eficaz eficiente encanta excelente excelentes fabuloso fácil fantástico"
            " feliz fiable gracias genial gusta ideal increíble intuitivo maravilloso mejor"
            " perfecto perfecta práctico profesional rápida rápidamente rápido recomiendo"
            " satisfecho satisfecha sencillo simple súper útil"
        ),
        negative=(
            "caída caídas caro cara cancelar complicado complicada confuso decepción decepcionado"
            " decepcionada decepcionante defecto deficiente difícil error errores falla fallas"
            " fallo fallos falta faltan frustrante horrible imposible incompleto incompetente"
            " insatisfecho insuficiente inútil lenta lento mal mala malas malo malos molesto peor"
            " perdido pésima pésimo pobre problema problemas queja retraso retrasos roto terrible"
        ),
        negations="no nunca jamás ni sin ningún ninguna tampoco",
    ),
    "it": Words(
        positive=(
            "affidabile apprezzo bella bello bene bravi buon buona buone buoni buono chiara chiaro"
            " comoda comodo consiglio contenta contento cordiale cortese cortesi disponibile"
            " disponibili eccellente eccellenti efficace efficiente facile fantastica fantastico"
            " felice gentile gentili grazie ideale intuitiva intuitivo meravigliosa meraviglioso"
            " migliore ottima ottimi ottimo perfetta perfetto piace pratica pratico professionale"
            " rapida rapido semplice soddisfatta soddisfatti soddisfatto super utile veloce veloci"
        ),
        negative=(
            "assente bloccata bloccato cara caro complicata complicato confusa confuso delude"
            " delusa deludente delusione deluso difetti difetto difficile difficoltà disdire errore"
            " errori frustrante guasti guasto impossibile incompetente incompleto inaccettabile"
            " insoddisfatta insoddisfatto inutile lamentela lenta lento lentezza male manca mancano"
            " mediocre orribile peggio peggiore pessima pessimo problema problemi rotto ritardi"
            " ritardo scadente scarsa scarso scortese terribile troppo"
        ),
        negations="non mai senza nessun nessuna nessuno né neanche nemmeno",
    ),
    "nl": Words(
        positive=(
            "aanbevelen aangenaam behulpzaam best beste beter betrouwbaar blij dank dankbaar"
            " dankjewel dankuwel deskundig duidelijk eenvoudig efficiënt enthousiast fantastisch"
            " fijn fijne geweldig geweldige goed goede graag handig handige ideaal intuïtief"
            " leuk makkelijk mooi mooie nuttig nuttige overzichtelijk perfect prachtig prettig"
            " prettige prima professioneel snel snelle soepel super tevreden top uitstekend"
            " uitstekende vlot vriendelijk vriendelijke waardevol"
        ),
        negative=(
            "boos crasht duur fout fouten frustrerend gebrek gebrekkig gedoe hapert ingewikkeld"
            " irritant jammer kapot klacht klachten langzaam langzame matig mis moeilijk moeizaam"
            " ondermaats onduidelijk onbereikbaar onbetrouwbaar onbruikbaar ongebruiksvriendelijk"
            " onmogelijk ontbreekt ontevreden onvriendelijk opzeggen probleem problemen slecht"
            " slechte slechter storing storingen teleurgesteld teleurstellend teleurstelling traag"
            " trage verloren vertraging vervelend verwarrend verschrikkelijk waardeloos zwak"
        ),
        negations="niet geen nooit nergens zonder noch nauwelijks",
    ),
    "ar": Words(
        positive=(
            "ممتاز ممتازة جيد جيدة رائع رائعة سريع سريعة سهل سهلة مفيد مفيدة شكرا ممتن سعيد سعيدة"
            " أفضل مذهل احترافي واضح مريح أنصح أحب راض راضية موثوق"
        ),
        negative=(
            "سيئ سيئة بطيء بطيئة صعب صعبة معقد معقدة مشكلة مشاكل خطأ أخطاء غالي مكلف محبط مخيب"
            " فاشل ضعيف ضعيفة أسوأ تأخير معطل عطل مزعج ناقص مستحيل"
        ),
        negations="لا ليس ليست لم لن غير بدون ما",
    ),
}
