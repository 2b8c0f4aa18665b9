"""The words of the niches: what captions and hashtags tell of a user and pictures do not."""

NICHE_WORDS: dict[str, tuple[str, ...]] = {
    "beauty": (
        "skincare retinol serum sunscreen glassskin niacinamide",
        "nailart gelnails manicure pressons cuticle nailpolish",
        "curls balayage hairmask braids scalp hairoil",
        "smokeyeye eyeliner contouring highlighter foundation mua",
        "cleanbeauty fragrance crueltyfree aromatherapy soap perfume",
    ),
    "family": (
        "newborn babysteps breastfeeding sleepless diapers lullaby",
        "homeschool montessori worksheets storytime spelling phonics",
        "twins siblings brothers doubletrouble matching teamwork",
        "grandma heirloom reunion ancestors generations grandpa",
        "adoption fostercare stepmum blended coparenting bonusdad",
    ),
    "fashion": (
        "thrifted secondhand vintage upcycled retro fleamarket",
        "streetwear sneakers hoodie oversized drop kicks",
        "tailoring blazer brogues pocketsquare suit dapper",
        "boho kaftan crochet fringe linen maxi",
        "capsule minimalist monochrome neutrals staples basics",
    ),
    "fitness": (
        "crossfit wod amrap burpees snatch kipping",
        "yoga vinyasa asana namaste savasana pranayama",
        "marathon intervals tempo longrun pacing strava",
        "powerlifting deadlift squat hypertrophy bench onerepmax",
        "climbing bouldering belay crimp topout chalk",
    ),
    "food": (
        "sourdough starter levain crumb proofing rye",
        "vegan tofu tempeh plantbased lentils hummus",
        "ramen miso izakaya dumplings kimchi umami",
        "barbecue brisket smoker ribs pitmaster charcoal",
        "patisserie macarons ganache meringue croissant eclair",
    ),
    "interior": (
        "scandi hygge birch sheepskin whitewashed nordic",
        "industrial concrete loft brick steel exposed",
        "monstera houseplants propagation terrarium pothos fern",
        "renovation plaster grout demolition fixerupper drywall",
        "midcentury teak eames walnut sideboard danish",
    ),
    "pet": (
        "rescue adopted shelter fostered rehomed secondchance",
        "agility clicker obedience heel recall frisbee",
        "raw grooming poodle doodle trim brushing",
        "aquarium guppies reef tank coral betta",
        "hamster burrow hay guineapig chinchilla sanctuary",
    ),
    "travel": (
        "vanlife camper roadtrip campsite solarpanel boondocking",
        "backpacking hostel nightbus budget interrail solo",
        "scuba snorkel freediving lagoon mantaray liveaboard",
        "citybreak museum rooftop cathedral metro oldtown",
        "trekking summit refuge ridge scrambling viaferrata",
    ),
    "other": (
        "vinyl analog synth gig setlist bassline",
        "bookstagram paperback thriller tbr poetry novel",
        "motorsport turbo restomod carburettor torque pitlane",
        "boardgames dice warhammer dungeon miniatures coop",
        "astronomy nebula telescope starparty eclipse jupiter",
    ),
}
"""Words of each niche of each topic, by the niche's number; no word stands in two niches."""

TOPIC_TAGS: dict[str, str] = {
    "beauty": "beauty makeup glam",
    "family": "family momlife parenting",
    "fashion": "fashion ootd outfit",
    "fitness": "fitness workout gym",
    "food": "food foodie yummy",
    "interior": "interior homedecor home",
    "pet": "pets petsofinstagram fluffy",
    "travel": "travel wanderlust trip",
    "other": "hobby weekend mythings",
}
"""Hashtags of a topic."""

COMMON_TAGS = (
    "photooftheday love instagood happy mood vibes nofilter monday sundayfunday daily "
    "lifestyle tbt goodmorning inspiration simple smile life blessed instadaily moments"
)
"""Hashtags that say nothing."""

TOPIC_EMOJI: dict[str, str] = {
    "beauty": "💄💅✨",
    "family": "👶👪🍼",
    "fashion": "👗👠👜",
    "fitness": "💪🏃🔥",
    "food": "🍴😋🍕",
    "interior": "🛋🏡🪴",
    "pet": "🐶🐱🐾",
    "travel": "✈🌍🌴",
    "other": "📚🎸🚗",
}
"""Emoji of a topic."""

MOOD_EMOJI = "😂😍🥰😊🙏🙌❤😅😎🤍🎉🌞☕🥱💫👀🤷"
"""Emoji that say nothing."""
