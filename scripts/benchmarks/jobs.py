"""The table of jobs: a function of Settings that returns the Job."""

from . import (
    analysis,
    data,
    evaluation,
    generation,
    growth,
    likelihood,
    methods,
    peak,
    pytorch,
    start,
    training,
)

JOBS = {
    'data': data.make_job,
    'training': training.make_job,
    'torch': pytorch.make_job,
    'peak': peak.make_job,
    'methods': methods.make_job,
    'evaluation': evaluation.make_job,
    'generation': generation.make_job,
    'likelihood': likelihood.make_job,
    'analysis': analysis.make_job,
    'study': analysis.make_study_job,
    'start': start.make_job,
    'growth': growth.make_job,
}
# A study takes a minute by itself.
QUICK_JOBS = tuple(name for name in JOBS if name != 'study')
