"""The template of the report's page (Jinja2)."""

PAGE = '''<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{{ title }}</title>
<style>
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
       margin: 0 auto; padding: 1rem; max-width: 64rem; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.3rem; margin: 3rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p, li, dd, figcaption { max-width: 44rem; }
nav ul { padding-left: 1.2rem; columns: 2; column-gap: 3rem; max-width: 44rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; line-height: 1.35;
        font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .6rem; border-bottom: 1px solid #ddd; text-align: right;
         vertical-align: top; }
td { white-space: nowrap; }
thead th { border-bottom: 2px solid #888; vertical-align: bottom; }
th:first-child, td.text, th.text { text-align: left; white-space: normal; }
th:first-child { position: sticky; left: 0; background: #fff; min-width: 11rem; }
td.text { min-width: 6rem; }
td small { color: #555; }
figure { margin: 1.5rem 0; }
figure img { display: block; width: 100%; max-width: 52rem; height: auto; }
figcaption { font-size: .9rem; color: #444; margin-top: .5rem; }
dt { font-weight: 600; margin-top: .6rem; }
dd { margin: 0; }
pre { overflow-x: auto; background: #f5f5f5; padding: .8rem; font-size: .8rem; }
.command { white-space: pre-wrap; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
summary { cursor: pointer; }
.verdicts th:first-child { min-width: 15rem; max-width: 30rem; font-weight: 400; }
.verdicts td.why { white-space: normal; min-width: 12rem; }
.word { display: inline-block; padding: .1rem .5rem; border-radius: .3rem; font-weight: 600;
        white-space: nowrap; border: 1px solid; }
.confirmed { background: #e3f1fb; color: #00436b; }
.contradicted { background: #fbe6d9; color: #7a2f00; }
.undecided, .not-tested { background: #f0f0f0; color: #444; }
.sample { margin: 1rem 0 2rem; }
.sample svg { display: block; max-width: none; height: auto; }
.sample audio { width: 100%; max-width: 30rem; margin-top: .3rem; }
@media (max-width: 40rem) { nav ul { columns: 1; } th:first-child { min-width: 6.5rem; }
                            .verdicts th:first-child { min-width: 11rem; } }
@media print { h2 { break-after: avoid; } figure { break-inside: avoid; } audio { display: none; } }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p>{{ summary }}</p>
{% for note in notes %}<p><strong>Mind:</strong> {{ note }}</p>{% endfor %}

<h2 id="verdicts">What the numbers say of the published findings</h2>
{% if verdicts %}
<div class="wide">
<table class="verdicts">
<thead><tr><th scope="col">claim</th><th scope="col" class="text">verdict</th>
<th scope="col" class="text">why</th></tr></thead>
<tbody>
{% for verdict in verdicts %}
<tr><th scope="row">{{ verdict.sentence }}</th>
<td class="text"><span class="word {{ verdict.word|replace(' ', '-') }}">{{ signs[verdict.word] }}
{{ verdict.word }}</span></td>
<td class="text why">{{ verdict.why|display }}
{%- if verdict.scope %}<br><small>About {{ verdict.scope }}.</small>{% endif %}</td></tr>
{% endfor %}
</tbody>
</table>
</div>
<p>{{ rule }}</p>
{% else %}
<p>No claim is about the methods that are here.</p>
{% endif %}

{% for each in overviews %}
<h2 id="{{ each.name }}">{{ each.title }}</h2>
{{ table(each) }}
<p>{{ each.note }}</p>
{% endfor %}

{% if verdict_figures %}
<h2 id="tests">The tests behind the verdicts</h2>
{% for each in verdict_figures %}{{ figure(each) }}{% endfor %}
{% endif %}
{% if verdicts %}
<details><summary>{{ effects_table.title }}</summary>
{{ table(effects_table) }}
</details>
{% endif %}

<nav aria-label="Contents"><h2>Contents</h2><ul>
{% for section in sections %}<li><a href="#{{ section.name }}">{{ section.title }}</a></li>
{% endfor %}
{% if samples %}<li><a href="#samples">Samples to listen to</a></li>{% endif %}
<li><a href="#settings">Settings, and how to reproduce</a></li>
</ul></nav>

{% for section in sections %}
<h2 id="{{ section.name }}">{{ section.title }}</h2>
<p>{{ section.text }}</p>
{% for note in section.notes %}<p><strong>Mind:</strong> {{ note }}</p>{% endfor %}
{% for each in section.figures %}
<h3>{{ each.title }}</h3>
{{ figure(each) }}
{% endfor %}
{% for each in section.tables if each.is_shown %}
<h3>{{ each.title }}</h3>
{% if each.note %}<p>{{ each.note }}</p>{% endif %}
{{ table(each) }}
{% endfor %}
{% endfor %}

{% if samples %}
<h2 id="samples">Samples to listen to</h2>
<p>The first held-out melodies, and how the methods go on from the same beginnings. They are not
chosen.</p>
{% for sample in samples %}
<section class="sample" aria-label="{{ sample.title }}">
<h3>{{ sample.title }}</h3>
<div class="wide">{{ sample.roll }}</div>
<audio controls preload="metadata" aria-label="{{ sample.title }}"
 src="data:{{ sample.media_type }};base64,{{ sample.sound|base64 }}"></audio>
</section>
{% endfor %}
{% endif %}

<h2 id="settings">Settings, and how to reproduce</h2>
<pre class="command">{{ settings.command }}</pre>
<dl>
{% for term, meaning in settings.named.items() %}<dt>{{ term }}</dt><dd>{{ meaning }}</dd>
{% endfor %}
</dl>
{% for label, config in run_configs.items() %}
<details><summary>Settings of {{ label|display }}</summary><pre>{{ config }}</pre></details>
{% endfor %}
</main>
</body>
</html>
'''

MACROS = '''{% macro figure(drawn) %}
<figure>
<img src="data:image/png;base64,{{ drawn.png|base64 }}" alt="{{ drawn.title }}">
<figcaption>{{ drawn.caption }}</figcaption>
</figure>
{% endmacro %}
{% macro table(data) %}
<div class="wide">
<table>
<thead><tr>
{% for column in data.columns %}
<th scope="col"{% if data.rows and data.rows[0][loop.index0] is string %} class="text"{% endif %}>
{{- column }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in data.rows %}
<tr><th scope="row">{{ row[0]|cell }}</th>
{%- for value in row[1:] %}
<td{% if value is string %} class="text"{% endif %}>{{ value|cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endmacro %}
'''
