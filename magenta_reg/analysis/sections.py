"""The sections of the report, in their order: a row each."""

from magenta_reg.analysis import (
    exposure_section,
    likelihood_section,
    losses_section,
    memorization_section,
    methods_section,
    music_section,
    states_section,
)

SECTIONS = [
    states_section.make_section,
    losses_section.make_section,
    likelihood_section.make_section,
    exposure_section.make_section,
    music_section.make_section,
    memorization_section.make_section,
    methods_section.make_section,
]
