"""TFRecord files without TensorFlow, whose import takes longer than reading a data set.

A record is its length (uint64), the length's checksum, its bytes, their checksum; little-endian.

Source: https://www.tensorflow.org/tutorials/load_data/tfrecord, 'TFRecords format details'.
"""

import struct

import google_crc32c

from magenta_reg.base.errors import UserError

_LENGTH = struct.Struct('<Q')
_CHECKSUM = struct.Struct('<I')
_HEADER_SIZE = _LENGTH.size + _CHECKSUM.size
_MAX_RECORD_BYTES = 2 ** 31 - 1  # Protocol buffers end there.


def read_records(path):
    """Yields the bytes of each record of a TFRecord file; UserError where it is damaged or cut."""
    with open(path, 'rb') as file:
        position = 0
        while header := file.read(_HEADER_SIZE):
            size = _checked_size(header, path, position)
            record = file.read(size)
            checksum = file.read(_CHECKSUM.size)
            if len(record) < size or len(checksum) < _CHECKSUM.size:
                raise _cut(path, position)
            if checksum != _masked_crc(record):
                raise UserError(f'{path}: the record at byte {position} is damaged; make it again')
            yield record
            position += _HEADER_SIZE + size + _CHECKSUM.size


def write_record(file, record):
    """Appends one record to a file opened for writing bytes."""
    file.write(framed(record))


def framed(record):
    """Returns the bytes of one record as they stand in a file."""
    length = _LENGTH.pack(len(record))
    return b''.join([length, _masked_crc(length), record, _masked_crc(record)])


def _checked_size(header, path, position):
    if len(header) < _HEADER_SIZE:
        raise _cut(path, position)
    length, checksum = header[:_LENGTH.size], header[_LENGTH.size:]
    if checksum != _masked_crc(length):
        where = f'after byte {position}' if position else 'at all'
        raise UserError(f'{path}: no TFRecord file {where}; make it again')
    (size,) = _LENGTH.unpack(length)
    if size > _MAX_RECORD_BYTES:
        raise UserError(f'{path}: the record at byte {position} claims {size} bytes; make it again')
    return size


def _cut(path, position):
    return UserError(f'{path}: the file ends inside the record at byte {position}; make it again')


def _masked_crc(data):
    """Returns the 4 bytes of the rotated CRC-32C that TFRecord stores."""
    crc = google_crc32c.value(data)
    return _CHECKSUM.pack((((crc >> 15) | (crc << 17)) + 0xa282ead8) & 0xffffffff)
