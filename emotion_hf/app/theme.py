"""The page's look: calm, one accent, the system's own fonts, light and dark, from 320 pixels up.

No font or script is fetched from elsewhere. Colours come from Gradio's variables, which know light and dark; the
three of confidence are fixed pairs of ground and text with a contrast above 4.5.
"""

from __future__ import annotations

import gradio as gr

from emotion_hf.app import (
    comparison_html,
    correction,
    faces,
    figures,
    focus,
    forecast_html,
    history,
    live_panel,
    my_voice,
    on_demand,
    place,
    plot,
    programs,
    recorder,
    training_view,
    transcribing,
    why,
    words,
)
from emotion_hf.app.desk import look as desk_look
from emotion_hf.app.signal import step
from emotion_hf.app.words import shown
from emotion_hf.timeline.picture import CSS as TIMELINE_CSS

_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")

THEME = gr.themes.Base(
    primary_hue="teal",
    secondary_hue="teal",
    neutral_hue="slate",
    radius_size="lg",
    font=_FONTS,
    font_mono=("ui-monospace", "Menlo", "Consolas", "monospace"),
).set(
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_400",
    color_accent="*primary_700",
    block_label_text_color="*body_text_color",
    block_label_text_color_dark="*body_text_color",
    block_title_text_color="*body_text_color",
    block_title_text_color_dark="*body_text_color",
    block_title_text_weight="600",
    checkbox_border_color="*neutral_500",
    checkbox_border_color_dark="*neutral_400",
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover_dark="*primary_600",
    button_primary_text_color="white",
)

CSS = """
.gradio-container { max-width: 1120px !important; margin: 0 auto !important; }
.gradio-container .html-container { padding: 0; }
.gradio-container .beside { align-items: end; }
.page-head { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between; align-items: start; }
.page-head nav { display: flex; gap: .25rem; }
.page-head nav button { margin: 0; min-width: 24px; font-weight: 400; padding: .25rem .6rem; background: none;
  border: 0;
  border-radius: var(--radius-md); color: var(--body-text-color-subdued); }
.page-head:lang(de) nav [lang=de], .page-head:not(:lang(de)) nav [lang=en] { color: var(--body-text-color);
  font-weight: 600; }
.page-head h1 { margin: 0; font-size: clamp(1.15rem, 4vw, 1.6rem); line-height: 1.2; }
@media (max-width: 767px) { .page-head p { display: none; } }
.page-head p, .page-foot { color: var(--body-text-color-subdued); }
.page-foot { font-size: .85rem; line-height: 1.5; padding-top: 1rem;
  border-top: 1px solid var(--border-color-primary); }
.page-foot p { margin: 0 0 .5rem; }
.dark { --color-accent: var(--primary-600); }
/* Tabs that do not fit go into Gradio's menu, instead of widening the page. */
.gradio-container .tab-wrapper { contain: inline-size; }
.gradio-container [role=tab].selected { color: var(--body-text-color); font-weight: 600; }

@media (min-width: 768px) {
  #stage { display: grid; grid-template: auto auto auto 1fr / 5fr 6fr;
    grid-template-areas: "input output" "sound output" "sound details" "session details"; }
  #stage:has(.bands) { grid-template: auto auto 1fr / 5fr 6fr;
    grid-template-areas: "input output" "sound sound" "session details"; }
  #input { grid-area: input; } #output { grid-area: output; } #details { grid-area: details; }
  #listen { grid-area: sound; } #session { grid-area: session; }
}
.your-voice .record-button { background: var(--button-primary-background-fill);
  color: var(--button-primary-text-color); border-color: transparent; font-weight: 600; }
.your-voice .record-button::before { background: currentColor; }
.your-voice .source-selection { gap: .75rem; padding: .5rem; height: auto; }
.your-voice .source-selection button { display: flex; align-items: center; gap: .4rem; width: auto; height: auto;
  padding: .25rem .6rem; border-radius: var(--radius-sm); color: var(--body-text-color-subdued); }
.your-voice .source-selection button.selected { color: var(--body-text-color);
  background: var(--background-fill-secondary); }
.your-voice .source-selection svg { width: 1.1rem; height: 1.1rem; }
.your-voice .source-selection button::after { content: attr(aria-label); }
#clear { align-self: flex-start; }
@media (max-width: 767px) {
  #stage:has(.bands) #listen { order: 1; } #stage:has(.bands) :is(#details, #session) { order: 2; }
}

.answer { text-align: center; padding: 1.5rem 1rem; border-radius: var(--radius-lg);
  background: var(--block-background-fill); border: 1px solid var(--border-color-primary); }
.answer .faces { font-size: 2.75rem; line-height: 1.1; margin: 0 0 .5rem; }
.answer h2 svg, .answer > p:not(.faces) svg { font-size: .9em; }
.answer .measured { font-size: .9rem; }
.answer h2 { margin: 0 0 .25rem; font-size: 1.8rem; line-height: 1.2; }
.answer p { margin: .25rem 0; text-wrap: balance; color: var(--body-text-color-subdued); }
.answer.problem { margin-top: .5rem; }
.answer.problem p { color: var(--body-text-color); }
.answer .confidence { display: inline-block; margin: .75rem 0 .25rem; padding: .3rem .9rem; border-radius: 999px; }
.answer .confidence.high { background: #15803d; color: #fff; }
.answer .confidence.medium { background: #f59e0b; color: #1c1917; }
.answer .confidence.low { background: #475569; color: #fff; }
.answer .confidence b { color: inherit; }

.scores { width: 100%; border-collapse: collapse; border: 0; font-size: .95rem; }
.scores caption { text-align: left; font-weight: 600; padding: .5rem 0; }
.scores thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.scores tr { border: 0; }
.scores th, .scores td { border: 0; border-top: 1px solid var(--border-color-primary); padding: .35rem 0; }
.scores th { text-align: left; font-weight: 500; width: 45%; padding-right: .75rem; }
.scores td { white-space: nowrap; }
.scores .bar { display: inline-block; vertical-align: middle; width: calc(100% - 4.2rem); height: .6rem;
  border-radius: 999px; background: linear-gradient(var(--primary-600), var(--primary-600)) no-repeat
  0 / calc(var(--score) * 100%) 100% var(--background-fill-secondary);
  box-shadow: inset 0 0 0 1px var(--border-color-primary); }
.scores .percent { display: inline-block; width: 4rem; text-align: right; font-variant-numeric: tabular-nums; }

.answer progress { max-width: 20rem; }
.answer .moments, .because .moments { display: flex; flex-wrap: wrap; justify-content: center; gap: .5rem;
  margin: .25rem 0 .5rem;
  padding: 0; list-style: none; }
.answer .moments li, .because .moments li { margin: 0; }
.answer .moments button, .because .moments button { margin: 0; padding: .35rem .75rem; border-radius: 999px;
  border: 1px solid var(--border-color-primary);
  background: var(--background-fill-secondary); color: var(--body-text-color); }
#stop { align-self: center; }
#stage:has(.recorder[data-state=recording]) #output { opacity: .4; filter: grayscale(1); }
.sound audio { display: block; width: 100%; height: 2.5rem; margin-bottom: .5rem; }
.dark .sound audio { color-scheme: dark; }
.sound .band { margin: 0; border-radius: 0; min-width: 0; }
.sound .stage { position: relative; display: grid; gap: .5rem; }
.sound .playhead { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; background: var(--body-text-color);
  pointer-events: none; }
.sound .scrub { position: relative; cursor: pointer; }
.sound .scrub svg { display: block; width: 100%; height: 70px; fill: var(--primary-600);
  background: var(--background-fill-secondary); border-radius: var(--radius-sm); }
.sound .mel img { display: block; width: 100%; height: 150px; border-radius: var(--radius-sm); }
.sound .mel span { position: absolute; left: .35rem; transform: translateY(50%); color: #fff; font-size: .75rem;
  text-shadow: 0 0 3px #000, 0 0 3px #000; }
.sound .mel span:last-of-type { transform: translateY(100%); }
.sound .hint { color: var(--body-text-color-subdued); margin: .25rem 0; }
.sound .hint a { margin: 0; padding: 0; color: inherit; }
.sound .to-question { justify-self: start; margin: 0; padding: .35rem .75rem; border-radius: var(--radius-md);
  border: 1px solid var(--border-color-primary); background: var(--background-fill-secondary); color: inherit; }
.sound .parts { margin-top: .5rem; } .sound .parts summary { cursor: pointer; padding: .35rem 0; }
.sound .parts ol { max-height: 20rem; overflow-y: auto; list-style: none; margin: 0; padding: 0; }
.sound .parts button { display: block; width: 100%; margin: 0; padding: .4rem .25rem; text-align: left; font: inherit;
  color: inherit; background: none; border: 0; border-top: 1px solid var(--border-color-primary);
  font-variant-numeric: tabular-nums; }
.sound .ticks, .sound .legend { color: var(--body-text-color-subdued); }

#review-player audio { width: 100%; }
.dark #review-player audio { color-scheme: dark; }
#review-choices { display: grid; grid-template-columns: repeat(2, 1fr); }
#review-choices button { font-size: 1rem; padding-inline: .5rem; }
#review-choices button:last-child { grid-column: 1 / -1; }
@media (min-width: 768px) {
  #review-choices { grid-template-columns: repeat(3, 1fr); }
  #review-choices button:last-child { grid-column: auto; }
}
#models h2 { font-size: 1.3rem; margin: 0 0 .25rem; }
:is(#models, #train, .answer) progress { appearance: none; width: 100%; height: .6rem; border: 0;
  border-radius: 999px; overflow: hidden; background: var(--background-fill-secondary);
  box-shadow: inset 0 0 0 1px var(--border-color-primary); }
:is(#models, #train, .answer) progress::-webkit-progress-bar { background: transparent; }
:is(#models, #train, .answer) progress::-webkit-progress-value { background: var(--primary-600); }
:is(#models, #train, .answer) progress::-moz-progress-bar { background: var(--primary-600); }
#models .gate { width: 100%; border-collapse: collapse; border: 0; margin: .5rem 0;
  font-size: clamp(.8rem, 2.2vw, .95rem); }
#models .gate tr, #models .gate th, #models .gate td { border: 0; }
#models .gate th, #models .gate td { text-align: right; padding: .35rem 0 .35rem clamp(.25rem, 1.5vw, .75rem);
  border-top: 1px solid var(--border-color-primary); font-variant-numeric: tabular-nums; }
#models .gate th:first-child { text-align: left; padding-left: 0; }
#models .gate tbody th { font-weight: 500; }
#models .gate small { display: block; font-weight: 400; color: var(--body-text-color-subdued); }
"""
_PARTS = (
    transcribing,
    faces,
    focus,
    on_demand,
    recorder,
    programs,
    history,
    correction,
    place,
    why,
    my_voice,
    words,
    plot,
    step,
    live_panel,
    desk_look,
    figures,
    forecast_html,
    training_view,
    comparison_html,
)
CSS += TIMELINE_CSS + "".join(part.CSS for part in _PARTS)


def voice_input() -> gr.Audio:
    """Return the component that records or uploads a voice."""
    return gr.Audio(
        sources=["microphone", "upload"],
        type="filepath",
        label=shown("Your voice"),
        editable=False,
        buttons=[],
        elem_classes="your-voice",
    )
