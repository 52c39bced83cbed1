"""TFRecord files are the same bytes as TensorFlow's, in both directions."""

from magenta_reg.base.compat import tf
from magenta_reg.readers.tfrecord import read_records, write_record

RECORDS = [b'', b'a', bytes(range(256)) * 40, b'\xff' * 1000]


def test_a_written_file_equals_tensorflows(tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / 'theirs')) as writer:
        for record in RECORDS:
            writer.write(record)
    with open(tmp_path / 'ours', 'wb') as file:
        for record in RECORDS:
            write_record(file, record)
    assert (tmp_path / 'ours').read_bytes() == (tmp_path / 'theirs').read_bytes()
    assert list(read_records(tmp_path / 'theirs')) == RECORDS
