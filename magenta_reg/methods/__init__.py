"""The table of training methods: name to graph builder."""

from magenta_reg.base.errors import unknown_name
from magenta_reg.graph.melody_graph import MelodyRnnGraph
from magenta_reg.methods.professor_forcing import ProfessorForcingGraph
from magenta_reg.methods.scheduled_sampling import ScheduledSamplingGraph
from magenta_reg.methods.seqgan import SeqGanGraph

METHODS = {
    'teacher_forcing': MelodyRnnGraph,
    'scheduled_sampling': ScheduledSamplingGraph,
    'professor_forcing': ProfessorForcingGraph,
    'seqgan': SeqGanGraph,
}


def get_method(name):
    """Returns the builder class of a method's name.

    Raises:
        UserError: If there is none of that name.
    """
    if name not in METHODS:
        raise unknown_name('method', name, METHODS)
    return METHODS[name]
