"""The sections of the report, in their order: a row each."""

from magenta_reg.analysis import methods_section

SECTIONS = [
    methods_section.make_section,
]
