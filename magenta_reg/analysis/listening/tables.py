"""The tables of listeners' preferences and of how consistent they were."""

import numpy as np

from magenta_reg.analysis.comparison.held_out import REAL
from magenta_reg.analysis.report.section import report_table
from magenta_reg.analysis.report.style import display
from magenta_reg.analysis.statistics.estimate import Estimate

_CHANCE = 'without listening'


def preference_tables(preference):
    """Returns the Tables of strengths, the strongest first, and of their differences."""
    wins, shares = preference.wins, preferred_to_held_out(preference)
    votes = wins + wins.T
    strengths = [[display(player), each, float(wins[index].sum() / votes[index].sum()),
                  int(votes[index].sum()), shares.get(player)]
                 for index, (player, each) in enumerate(preference.strengths.items())]
    place = preference.players.index
    differences = [[' \N{MINUS SIGN} '.join(map(display, pair)),
                    float(wins[place(pair[0]), place(pair[1])]),
                    int(votes[place(pair[0]), place(pair[1])]), each, each.p, each.p_holm]
                   for pair, each in preference.differences.items()]
    return [report_table('listening', 'listening_strengths', [
        'player', 'strength [95%]', 'share of votes', 'votes', 'preferred to held-out [95%]'],
        sorted(strengths, key=lambda row: -row[1].value)),
        report_table('listening', 'listening_differences', [
            'compared', 'votes for the first', 'votes', 'difference [95%]', 'p', 'p (Holm)'],
            differences)]


def preferred_to_held_out(preference):
    """Returns dict of player to Estimate: how often it would be preferred to the real melody."""
    return {first: Estimate(*(float(1 / (1 + np.exp(-end))) for end in each[:3]))
            for (first, second), each in preference.differences.items()
            if second == REAL}  # It is the last of the players, so never the first.


def consistency_table(listeners, everyone):
    """Returns the Table of how consistent each listener was, all were, and answers by chance are.

    Args:
        listeners: dict of name to Consistency.
        everyone: Consistency of all.
    """
    rows = [[name, each.n_votes, each.neither.share, *map(_told, each[2:])]
            for name, each in listeners.items()]
    if len(rows) > 1:
        rows.append(['all', everyone.n_votes, everyone.neither.share, *map(_told, everyone[2:])])
    rows.append([_CHANCE, None, None, *(count.chance for count in everyone[2:])])
    return report_table('listening', 'listening_consistency', [
        'listener', 'votes', 'no preference', 'left', 'same answer', 'circles', 'agreement'], rows)


def _told(count):
    return f'{count.share:.2f} ({count.found} of {count.total})' if count.total else None
