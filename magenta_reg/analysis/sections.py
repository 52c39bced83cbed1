"""The sections of the report, in their order: a row each."""

from magenta_reg.analysis import likelihood_section, methods_section

SECTIONS = [
    likelihood_section.make_section,
    methods_section.make_section,
]
