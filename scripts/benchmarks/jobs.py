"""The table of jobs: a function of Settings that returns the Job."""

from . import (
    data,
    generation,
    methods,
    peak,
    pytorch,
    training,
)

JOBS = {
    'data': data.make_job,
    'training': training.make_job,
    'torch': pytorch.make_job,
    'peak': peak.make_job,
    'methods': methods.make_job,
    'generation': generation.make_job,
}
