"""The page says how often a method acted, and which never did."""

from types import SimpleNamespace

from magenta_reg.analysis.training.section import make_section
from tests.analysis.groups_of_runs import make_group


def write(folder, acted):
    folder.mkdir()
    lines = ['step,split,loss,sampling_probability' + (',acted' if acted else '')]
    lines += [f'{step},train,2.0,0.1{"," + acted if acted else ""}' for step in (10, 20)]
    (folder / 'metrics.csv').write_text('\n'.join([*lines, '']))
    return folder


def section_of(tmp_path, shares):
    groups = [make_group(name, run_dirs=[write(tmp_path / name, acted)])
              for name, acted in shares.items()]
    return make_section(SimpleNamespace(groups=groups))


def test_a_run_has_its_share_and_one_that_never_acted_a_note(tmp_path):
    section = section_of(tmp_path, {'often': '0.25', 'never': '0.0', 'older': ''})
    table, = section.tables
    assert [row[2] for row in table.rows] == [0.25, 0.0]
    assert section.numbers == {'acted': {'often (seed 0)': 0.25, 'never (seed 0)': 0.0}}
    note, = section.notes
    assert note.startswith('never (seed 0) never acted')


def test_a_run_older_than_the_column_is_left_out(tmp_path):
    section = section_of(tmp_path, {'older': ''})
    assert (section.tables, section.numbers, section.notes) == ([], {}, [])
    assert len(section.figures) == 1
