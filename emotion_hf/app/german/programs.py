"""How to use the page from other programs."""

TEXTS = {
    "Everything else that programs can do: timelines, voices, live sound": (
        "Was Programme noch können: Zeitverläufe, Stimmen, Ton in Echtzeit"
    ),
}
