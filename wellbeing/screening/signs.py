"""Signs of a crisis in a message, in English, Romanian and Spanish: word lists, nothing cleverer, and so they miss.

Yellow is hopelessness, red a plan, a method, a goodbye or danger now (after peer-support practice). "Just joking"
changes nothing. Only encouragement of self-harm and detailed methods are held; distress never is. Reviewers quote
what they heard, so every sign leads to a question: about me, a colleague, or a clip?
"""

import re
from dataclasses import dataclass

RED = (
    # en
    r"\b(?:i(?:'?m| am| will|'?ll| want| wanna| need| have| plan| decided|'?ve decided)? ?(?:going |gonna |about )?(?:to )?"
    r"(?:kill|hang|shoot|drown|cut|hurt|harm) (?:myself|my ?self))\b",
    r"\bkm[sy]\b|\bend(?:ing)? (?:my (?:own )?life|it all)\b|\b(?:take|taking|took) my (?:own )?life\b",
    r"\bsuicid(?:e|al)\b|\bunalive\b|\bwant(?:ed)? (?:to be dead|to die)\b|\bwants? to (?:die|be dead|kill (?:him|her|them)sel\w+)\b|\bwanna die\b|\bi(?:'?d| would) rather (?:be dead|die)\b",
    r"\bbetter off (?:dead|without me)\b|\bno reason (?:left )?(?:to live|to go on|for living)\b|\bdon'?t want to (?:live|be alive|wake up|be here any ?more)\b",
    r"\bgoodbye (?:everyone|everybody|all|forever)\b|\bthis is (?:my )?goodbye\b|\bmy last (?:message|day|night|shift on earth)\b|\bwon'?t be here tomorrow\b",
    r"\b(?:wrote|written|left|writing) (?:a |my )?(?:suicide |goodbye )?(?:note|letter) (?:for|to) (?:my (?:family|kids|mum|mom|wife|husband)|them)\b",
    r"\b(?:took|taken|swallowed|taking) (?:all|too many|a lot of|a whole|the whole|\d+) (?:of )?(?:my |the )?(?:pills|tablets|meds|box|bottle)\b|\boverdos(?:e|ed|ing)\b",
    r"\b(?:have|bought|got|holding) (?:a |the |my )?(?:rope|noose|gun|blade|razor)\b|\b(?:standing )?on (?:the )?(?:bridge|ledge|roof|tracks) (?:right )?now\b|\bjump(?:ing)? (?:off|in front of|from)\b",
    r"\bself[- ]?harm(?:ed|ing)?\b|\bcutting (?:myself|again)\b",
    r"\b(?:i(?:'?m| am)? ?(?:going to|gonna|will|want to)|i'?ll) (?:kill|hurt|stab|shoot) (?:him|her|them|you|my (?:boss|wife|husband|kids?|child))\b",
    # ro
    r"\b(?:vreau|o sa|am sa|voi|ma gandesc|urmeaza) (?:sa )?(?:ma )?(?:omor|sinucid|spanzur|arunc de pe|mor)\b|\bma omor\b|\bma sinucid\b|\bsinucid(?:e|ere|erea|eri|erii)?\b|\bsinucigas\w*",
    r"\b(?:imi|sa-?mi|mi-?am) (?:iau|luat|pun|pus) (?:viata|capat)\b|\bsa (?:imi |mi |-?mi )?(?:pun )?capat zilelor\b|\bcapat (?:vietii|zilelor)\b",
    r"\bnu (?:mai )?vreau sa (?:mai )?(?:traiesc|fiu in viata|ma trezesc)\b|\bmai bine (?:as fi )?mort\w?\b|\bvreau sa mor\b|\bas vrea sa mor\b|\bv-?ar fi mai bine fara mine\b",
    r"\badio (?:tuturor|pentru totdeauna)\b|\bramas bun (?:tuturor|pentru totdeauna)\b|\b(?:asta )?e ultimul meu mesaj\b|\bam (?:luat|inghitit) (?:toate|prea multe|o cutie de) (?:pastile\w*|medicamente\w*)|\bsupradoz\w+",
    r"\bma (?:tai|ranesc|automutilez)\b|\bautomutil\w+|\bam (?:o )?(?:funie|franghie|arma|lama)\b|\bsunt pe (?:pod|acoperis|sine)\b",
    # es
    r"\b(?:quiero|voy a|pienso|necesito|he decidido) (?:matarme|suicidarme|morir(?:me)?|ahorcarme|colgarme|hacerme dano|cortarme|acabar con (?:mi vida|todo))\b|\bme (?:voy a|quiero) (?:matar|suicidar|morir|ahorcar|cortar)\b",
    r"\bsuicid(?:io|a|arse|arme|ar)\b|\bquitarme la vida\b|\bme quito la vida\b|\bno quiero (?:seguir )?(?:vivir|viviendo|despertar(?:me)?|estar aqui)\b|\bestarian mejor sin mi\b|\bmejor muert[oa]\b|\bno (?:tengo|hay) (?:razon|motivo)s? para vivir\b",
    r"\badios (?:a todos|para siempre)\b|\besta es mi despedida\b|\bmi ultimo mensaje\b|\bme (?:he tomado|tome|trague) (?:todas|demasiadas|muchas|un bote de) (?:las )?(?:pastillas|pildoras)\b|\bsobredosis\b",
    r"\bme (?:corto|autolesion\w+|hago dano)\b|\bautolesion\w*|\btengo (?:una )?(?:soga|cuerda|pistola|cuchilla)\b|\bestoy en (?:el puente|la azotea|las vias)\b",
)
YELLOW = (
    # en
    r"\bhopeless(?:ness)?\b|\bno hope\b|\bcan'?t (?:go on|take (?:it|this)(?: any ?more)?|do this any ?more|cope|carry on|stop crying|breathe)\b|\bgiv(?:e|ing) up(?: on (?:everything|life|myself))?\b",
    r"\bworthless\b|\bi(?:'?m| am) (?:a burden|trapped|broken|falling apart|breaking down|losing it|numb)\b|\bfeel(?:ing)? (?:numb|empty|trapped|like a burden|so alone|dead inside|nothing)\b|\bhate myself\b",
    r"\bpanic attacks?\b|\bnightmares?\b|\bflashbacks?\b|\bcan'?t sleep\b|\bhaven'?t slept\b|\bnobody (?:cares|would (?:care|notice|miss me))\b|\bwhat'?s the point\b|\bnothing matters\b|\bwish i (?:was|were) (?:dead|never born|gone)\b",
    r"\bdisappear forever\b|\bwant (?:it|this|everything) to (?:stop|end|be over)\b|\bdrinking (?:every night|to (?:sleep|forget))\b|\bi need help\b|\bhelp me please\b|\bplease help me\b",
    # ro
    r"\bnu mai (?:pot|rezist|suport|am (?:nicio )?speranta)\b|\bfara speranta\b|\bdisperat\w?\b|\bnu (?:mai )?are (?:niciun )?rost\b|\bsunt o povara\b|\bma simt (?:gol|goala|singur|singura|pierdut|pierduta|inutil\w?|mort\w? pe dinauntru)\b",
    r"\batac(?:uri)? de panica\b|\bcosmar\w*|\bnu (?:mai )?pot (?:sa )?(?:dorm|respir)\b|\bn-?am mai dormit\b|\bnimanui nu-?i pasa\b|\bma urasc\b|\bam nevoie de ajutor\b|\bajutati-?ma\b|\brenunt la tot\b|\bvreau sa se termine\b",
    # es
    r"\bno puedo (?:mas|seguir|con (?:esto|todo)|dormir|respirar|dejar de llorar)\b|\bsin esperanza\b|\bdesesperad[oa]\b|\bsoy una carga\b|\bme siento (?:vaci[oa]|sol[oa]|atrapad[oa]|inutil|perdid[oa]|muert[oa] por dentro|rot[oa])\b",
    r"\bataques? de (?:panico|ansiedad)\b|\bpesadillas?\b|\bno (?:le )?importo a nadie\b|\ba nadie le importo?\b|\bno (?:le )?veo (?:el )?sentido\b|\bnada tiene sentido\b|\bme odio\b|\bnecesito ayuda\b|\bayudadme\b|\bme rindo\b|\bquiero que (?:todo )?(?:esto )?(?:acabe|termine|pare)\b|\bquiero desaparecer\b",
)
ENCOURAGEMENT = (
    r"\b(?:you should|go|just|why don'?t you|please) (?:just )?(?:kill|hang|shoot|cut) (?:yourself|urself|your ?self)\b|\bk+y+s+\b|\bkill yourself\b|\bgo (?:and )?die\b|\byou(?:'?d| would) be better off dead\b|\bdo it,? (?:nobody|no one) (?:will|would) miss you\b|\bhope you die\b",
    r"\b(?:du-te si |mai bine )?(?:omoara-?te|sinucide-?te|spanzura-?te)\b|\bdu-?te si mori\b",
    r"\b(?:matate|suicidate|ahorcate|cuelgate|muerete)\b|\bdeberias (?:matarte|suicidarte|morirte)\b",
)
METHOD = (
    r"\b(?:how (?:many|much)|what dose|which) .{0,30}(?:pills|tablets|paracetamol|acetaminophen|insulin|meds)\b.{0,40}\b(?:to die|lethal|kill|fatal|overdose)\b|\b(?:painless|easiest|best|quickest|surest) way (?:to (?:die|kill|end)|out of life)\b|\blethal dose\b|\bhow to (?:tie a noose|hang (?:my|your)self|kill (?:my|your)self|make it look like an accident)\b",
    r"\bcate (?:pastile|medicamente)\b.{0,40}\b(?:sa mor|letal\w?|mortal\w?)\b|\bdoza (?:letala|mortala)\b|\bcum sa (?:ma|te) (?:omor|omori|sinucid|sinucizi|spanzur)\b",
    r"\bcuantas (?:pastillas|pildoras)\b.{0,40}\b(?:morir|letal|mortal)\b|\bdosis (?:letal|mortal)\b|\bcomo (?:matarme|suicidarme|ahorcarme|matarte|suicidarte)\b|\bla mejor (?:forma|manera) de (?:morir|suicidarse|matarse)\b",
)
QUOTED = (
    r"\b(?:in|on|from|during) (?:the|a|this|that|my last|one of the) (?:clip|recording|audio|call)s?\b|\b(?:the )?(?:caller|speaker|user|man|woman|kid|child|guy|someone|he|she|they) (?:on (?:it|the clip) )?(?:said|says|was saying|keeps? saying|screamed|shouted|whispered)\b|\bi (?:just )?heard\b|\bi listened to\b",
    r"\bin (?:clip\w*|inregistrar\w+)\b|\b(?:a zis|a spus|zicea|spunea|striga|tipa)\b|\bam auzit\b",
    r"\ben (?:el clip|la grabacion|un audio|el audio)\b|\b(?:dijo|decia|gritaba|dice)\b|\b(?:oi|he oido|escuche|he escuchado)\b",
)


def any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern that finds any of them; asked once, from the left."""
    return re.compile("|".join(patterns))


RED_SIGN, YELLOW_SIGN = any_of(RED), any_of(YELLOW)
HOLD_ENCOURAGEMENT, HOLD_METHOD, CLIP_TOLD = any_of(ENCOURAGEMENT), any_of(METHOD), any_of(QUOTED)
STEMS = (
    "kill die dead death suicid unalive kms kmy my life it all myself goodbye last wrote written left writing tomorrow "
    "pills tablets meds box bottle overdos rope noose gun blade razor bridge ledge roof tracks jump harm cutting stab "
    "shoot hurt live wake alive better reason "
    "omor sinucid spanzur arunc mor viata capat zilel traiesc trez mort mine adio ramas ultim luat inghit supradoz tai "
    "ranesc automutil funie franghie arma lama pod acoperis sine "
    "matar morir ahorc colgar dano cortar acabar vida vivi despert aqui muert vivir adios despedida mensaje tom trag "
    "sobredosis cort autolesion soga cuerda pistola cuchilla puente azotea vias "
    "hope can't giv worthless burden trapped broken apart breaking losing numb empty alone nothing hate panic nightmare "
    "flashback slept nobody point matters wish disappear stop end over drinking help "
    "nu mai speranta dispera rost povara simt panica cosmar dorm respir pasa urasc ajut renunt termine "
    "puedo esperanza desesperad carga siento ansiedad pesadilla importo sentido odio ayuda rindo acabe termine pare "
    "desaparecer hang shoot ky doza dosis letal mortal cum cuantas como manera forma lethal dose way how "
    "omoara sinucide spanzura mori matate suicidate ahorcate cuelgate muerete deberias"
).split()
APOSTROPHES = str.maketrans("’ʼ‘`´", "'" * 5)


@dataclass(frozen=True, slots=True)
class Signs:
    """`level` red, yellow or None; `hold` why it must wait for a moderator, or None; `quoted`: may be about a clip."""

    level: str | None
    hold: str | None
    quoted: bool


NOTHING = Signs(None, None, False)


def read_signs(shadow: str) -> Signs:
    """The signs in a shadow; spaces, underscores and apostrophes are evened out first."""
    text = " ".join(shadow.translate(APOSTROPHES).replace("_", " ").split())
    if not any(stem in text for stem in STEMS):
        return NOTHING
    hold = "encouragement" if HOLD_ENCOURAGEMENT.search(text) else "method" if HOLD_METHOD.search(text) else None
    red = bool(RED_SIGN.search(text)) or hold == "method"
    level = "red" if red else "yellow" if YELLOW_SIGN.search(text) else None
    return Signs(level, hold, bool(level and CLIP_TOLD.search(text)))
