"""The page says how often a method acted, and which never did."""

from types import SimpleNamespace

from magenta_reg.analysis.training.measure import acted_shares
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


def test_what_a_method_did_after_the_checkpoint_that_is_compared_does_not_count(tmp_path):
    (tmp_path / 'run').mkdir()
    (tmp_path / 'run' / 'metrics.csv').write_text(
        'step,split,loss,acted\n10,train,2,0\n20,train,2,0.5\n30,train,2,1\n')
    group = make_group('late', run_dirs=[tmp_path / 'run'])
    for step, share in ((10, 0), (20, 0.25), (30, 0.5), (300, 0.5)):
        group.runs[0].model.step = step
        assert acted_shares([group]) == {'late (seed 0)': (step, share)}


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
