"""The template of the page of players (Jinja2)."""

HEAD = '''<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ heading }}</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff;
       margin: 0 auto; padding: 1rem; max-width: 76rem; }
h1 { font-size: 1.6rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
p { margin: .2rem 0; max-width: 44rem; overflow-wrap: anywhere; }
article { border-top: 1px solid #ccc; padding: 1.2rem 0; }
audio { display: block; width: 100%; max-width: 34rem; margin: .6rem 0; }
.roll { overflow-x: auto; border: 1px solid #ddd; }
.roll svg { display: block; cursor: pointer; }
.roll:focus-visible, audio:focus-visible { outline: 3px solid #004c7a; outline-offset: 2px; }
.now { stroke: #b00020; stroke-width: 2; }
dl { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: .6rem 0 0; font-size: .9rem;
     font-variant-numeric: tabular-nums; }
dt { color: #555; }
dt::after { content: ':'; }
dl div { display: flex; gap: .4rem; min-width: 0; }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
@media print { article { break-inside: avoid; } audio { display: none; } }
</style>
</head>
<body>
<main>
<h1>{{ heading }}</h1>
<p>{{ count }} Orange is the primer that a melody was given, dark blue what was generated. A click
into a piano roll moves the player there.</p>
'''

ARTICLE = '''<article>
<h2>{{ title }}</h2>
{% if caption %}
<p>{{ caption }}</p>
{% endif %}
<audio controls preload="none" aria-label="Play {{ title }}"
src="data:audio/mpeg;base64,{{ sound }}"></audio>
<div class="roll" tabindex="0" role="group" aria-label="Piano roll of {{ title }}"
data-secs-per-step="{{ secs_per_step }}">
{{ roll }}
</div>
{% if facts %}
<dl>
{% for name, value in facts.items() %}
<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>
{% endfor %}
</dl>
{% endif %}
</article>
'''

FOOT = '''</main>
<script>
'use strict';
const players = [...document.querySelectorAll('audio')];
// A browser holds a limited number of loaded players: those in sight come first.
const observer = new IntersectionObserver(entries => {
  for (const entry of entries) {
    if (entry.isIntersecting) entry.target.preload = 'metadata';
  }
}, {rootMargin: '400px'});

function connect(audio) {
  const roll = audio.closest('article').querySelector('.roll');
  const svg = roll.querySelector('svg'), axis = svg.querySelector('.axis');
  const left = Number(svg.dataset.left), stepWidth = Number(svg.dataset.stepWidth);
  const pixelsPerSec = stepWidth / Number(roll.dataset.secsPerStep);
  const cursor = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  cursor.setAttribute('class', 'now');
  cursor.setAttribute('y1', 20);
  cursor.setAttribute('y2', svg.height.baseVal.value);
  svg.insertBefore(cursor, axis);

  const place = () => {
    const x = left + audio.currentTime * pixelsPerSec;
    cursor.setAttribute('transform', `translate(${x} 0)`);
    const seen = x - roll.scrollLeft;
    if (seen < left || seen > 0.9 * roll.clientWidth) roll.scrollLeft = x - left - 20;
  };
  const follow = () => {
    place();
    if (!audio.paused) requestAnimationFrame(follow);
  };
  audio.addEventListener('play', () => {
    for (const other of players) if (other !== audio) other.pause();
    follow();
  });
  for (const event of ['seeked', 'pause', 'ended']) audio.addEventListener(event, place);
  roll.addEventListener('scroll', () => {
    axis.setAttribute('transform', `translate(${roll.scrollLeft} 0)`);
  });
  svg.addEventListener('click', event => {
    const x = event.clientX - svg.getBoundingClientRect().left - left;
    if (event.clientX - roll.getBoundingClientRect().left < left) return;
    audio.currentTime = Math.max(0, x / pixelsPerSec);
    place();
  });
  cursor.setAttribute('transform', `translate(${left} 0)`);
  observer.observe(audio);
}

players.forEach(connect);
</script>
</body>
</html>
'''
