"""The wording of the captions in each language: templates and fillers, drawn without regard to who.

In a template `{}` takes a word of the topic, or of a niche.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """How one language puts things."""

    topics: dict[str, str]
    """Words of each topic, parted by blanks."""
    about: tuple[str, ...]
    """Sentences about the topic."""
    niche: tuple[str, ...]
    """Sentences about the niche."""
    openers: tuple[str, ...]
    """Beginnings that say nothing."""
    fillers: tuple[str, ...]
    """Sentences that say nothing."""


PHRASES: dict[str, Phrases] = {
    "en": Phrases(
        topics={
            "beauty": "makeup look glow", "family": "kids family little-one",
            "fashion": "outfit wardrobe dress", "fitness": "workout training session",
            "food": "dinner recipe lunch", "interior": "livingroom home decor",
            "pet": "pup kitty furball", "travel": "trip getaway journey",
            "other": "hobby project weekend",
        },
        about=("Today's {} in one picture.", "Never enough {} in my life.", "My {} and me.",
               "Still thinking about {}.", "New {} alert.", "A little {} update.",
               "All I need is {}.", "Made my day: {}."),
        niche=("Getting deeper into {}.", "It is all about {} lately.", "More {} please!",
               "{} again, and I regret nothing.", "Ask me anything about {}.",
               "Can't stop talking {}.", "Finally tried {}.", "{} is my therapy."),
        openers=("Good morning!", "Ok, real talk.", "Hello again,", "Throwback!", "So...",
                 "Guess what.", "Happy Friday everyone!", "Not gonna lie,"),
        fillers=("What do you think?", "Rain all day, but who cares.", "Coffee first.",
                 "Swipe for more.", "Tell me in the comments!", "Slept four hours and it shows.",
                 "Link in bio.", "Grateful for days like this.", "Monday can wait.",
                 "Best company ever.", "No caption needed.", "The light was unreal."),
    ),
    "es": Phrases(
        topics={
            "beauty": "maquillaje look brillo", "family": "familia peques hijos",
            "fashion": "conjunto armario vestido", "fitness": "entreno rutina ejercicio",
            "food": "cena receta comida", "interior": "salón casa decoración",
            "pet": "perrito gatito peludo", "travel": "viaje escapada aventura",
            "other": "afición proyecto finde",
        },
        about=("Mi {} de hoy.", "Nunca hay bastante {}.", "Un poco de {} para empezar.",
               "Hoy toca {}.", "Así va mi {}.", "Otro día más de {}."),
        niche=("Cada vez más {}.", "Últimamente solo {}.", "¡Más {} por favor!",
               "{} otra vez, sin arrepentirme.", "Por fin probé {}.", "{} es mi terapia."),
        openers=("¡Buenos días!", "Bueno...", "¡Hola a todos!", "A ver,", "¡Por fin viernes!"),
        fillers=("¿Qué opináis?", "Lluvia todo el día.", "Primero café.", "Os leo en comentarios.",
                 "Qué luz había hoy.", "Sin palabras.", "El lunes puede esperar.",
                 "Gracias por estar ahí.", "He dormido fatal."),
    ),
    "pt": Phrases(
        topics={
            "beauty": "maquiagem visual brilho", "family": "família crianças filhos",
            "fashion": "roupa guarda-roupa vestido", "fitness": "treino academia exercício",
            "food": "jantar receita almoço", "interior": "sala casa decoração",
            "pet": "cachorrinho gatinho bichinho", "travel": "viagem passeio aventura",
            "other": "passatempo projeto fimdesemana",
        },
        about=("Hoje é dia de {}.", "Nunca é demais {}.", "Um pouco de {} pra começar.",
               "Um amor chamado {}.", "Mais um dia, mais {}.", "Só quero {}."),
        niche=("Cada vez mais {}.", "Ultimamente só {}.", "Mais {} por favor!",
               "{} de novo, sem culpa.", "Finalmente provei {}.", "{} é a minha terapia."),
        openers=("Bom dia!", "Então...", "Oi gente,", "Sextou!", "Olha só,"),
        fillers=("O que acharam?", "Choveu o dia todo.", "Primeiro o café.",
                 "Contem nos comentários.", "Que luz linda.", "Sem palavras.",
                 "Segunda pode esperar.", "Gratidão.", "Dormi tão pouco."),
    ),
    "de": Phrases(
        topics={
            "beauty": "Make-up Look Glanz", "family": "Familie Kinder Kleinen",
            "fashion": "Outfit Kleiderschrank Kleid", "fitness": "Training Workout Einheit",
            "food": "Abendessen Rezept Mittagessen", "interior": "Wohnzimmer Zuhause Deko",
            "pet": "Hündchen Kätzchen Fellnase", "travel": "Reise Ausflug Urlaub",
            "other": "Hobby Projekt Wochenende",
        },
        about=("Heute: {}.", "Von {} kann man nie genug haben.", "{} und ich.",
               "Ein bisschen {} für euch.", "Noch immer im Kopf: {}.", "Neues vom Thema {}."),
        niche=("Gerade dreht sich alles um {}.", "Mehr {} bitte!", "Schon wieder {}.",
               "Endlich {} probiert.", "Fragt mich alles über {}.", "{} ist meine Therapie."),
        openers=("Guten Morgen!", "Also ehrlich,", "Hallo ihr Lieben,", "Endlich Freitag!", "Na?"),
        fillers=("Was meint ihr?", "Regen den ganzen Tag.", "Erst mal Kaffee.",
                 "Schreibt es in die Kommentare.", "Das Licht war unglaublich.", "Ohne Worte.",
                 "Der Montag kann warten.", "Danke für euch.", "Viel zu wenig geschlafen."),
    ),
    "fr": Phrases(
        topics={
            "beauty": "maquillage look éclat", "family": "famille enfants petits",
            "fashion": "tenue dressing robe", "fitness": "entraînement séance sport",
            "food": "dîner recette déjeuner", "interior": "salon maison déco",
            "pet": "chiot chaton boule-de-poils", "travel": "voyage escapade aventure",
            "other": "loisir projet weekend",
        },
        about=("Ma journée : {}.", "Jamais assez de {}.", "Un peu de {} pour commencer.",
               "Encore et toujours : {}.", "Côté {}, ça avance.", "Rien que du {}."),
        niche=("De plus en plus {}.", "En ce moment, que du {}.", "Encore du {} !",
               "Enfin testé : {}.", "Posez-moi vos questions sur {}.", "{}, ma thérapie."),
        openers=("Bonjour !", "Bon...", "Coucou vous,", "Enfin vendredi !", "Alors,"),
        fillers=("Vous en pensez quoi ?", "Il a plu toute la journée.", "Café d'abord.",
                 "Dites-moi tout en commentaire.", "Quelle lumière.", "Sans commentaire.",
                 "Lundi peut attendre.", "Merci d'être là.", "Nuit trop courte."),
    ),
    "ja": Phrases(
        topics={
            "beauty": "メイク コスメ 美容", "family": "家族 子ども 育児",
            "fashion": "コーデ 服 ワンピース", "fitness": "筋トレ 運動 トレーニング",
            "food": "ごはん レシピ ランチ", "interior": "部屋 インテリア 家",
            "pet": "わんこ にゃんこ ペット", "travel": "旅行 旅 お出かけ",
            "other": "趣味 週末 制作",
        },
        about=("今日の {} です。", "やっぱり {} が好き。", "{} の記録。", "最近の {} 。"),
        niche=("最近は {} に夢中。", "また {} 。", "やっと {} を試した。", "もっと {} を!"),
        openers=("おはよう!", "えっと、", "こんにちは、", "やっと金曜日!"),
        fillers=("どう思う?", "一日中雨でした。", "まずはコーヒー。", "光がきれいだった。",
                 "コメントで教えてね。", "眠い。", "ありがとう。", "月曜日は待って。"),
    ),
}  # fmt: skip

BIO_WORDS = (
    "dreamer", "coffee first", "just me", "kind of awkward", "learning every day", "she/her",
    "he/him", "they/them", "est. 1994", "night owl", "early bird", "collabs via dm",
    "opinions are mine", "work in progress", "slow living", "in love with details",
)  # fmt: skip
"""What bios say besides the topic."""
